// Where reading begins, from the ledger and never from the group (DESIGN §5.2): behind what is covered, and where nothing is covered at
// the log's first offset, never at its end. So a group that was reset, lost or moved ahead changes nothing: what the ledger has is not
// read again, what it lacks is. Offsets missing between covered ones are the resolver's. Pure.
import type { RecordSource } from '../decode/records.ts';
import type { KafkaPosition, PartitionEnds } from '../kafka-ports.ts';
import type { LedgerState } from '../ledger/state.ts';

export interface StartPosition extends KafkaPosition {
  /**
   * The topic is known to be the one the ledger has covered, so what Kafka leaves out at the beginning is absent; otherwise only what is
   * missing between two records is, and the rest stays unverified.
   */
  readonly isProven: boolean;
}

export interface StartPositions {
  readonly positions: readonly StartPosition[];
  /** Kafka no longer has what the ledger lacks: retention was faster. */
  readonly lost: readonly (KafkaPosition & { readonly to: number })[];
  /** Kafka ends before what is covered: an old replica leads, or the log was cut. Nothing can be read on safely. */
  readonly behind: readonly (KafkaPosition & { readonly endOffset: number })[];
}

/** One position per partition that can be read. */
export function startPositions(
  state: LedgerState,
  given: {
    readonly source: RecordSource;
    readonly ends: ReadonlyMap<number, PartitionEnds>;
    /** UUID of the topic as Kafka names it now; undefined when it names none. */
    readonly topicId: string | undefined;
  },
): StartPositions {
  const { source, ends, topicId } = given;
  const known = state.sources.get(source.id);
  const isSame = topicId !== undefined && known?.observed.topicId === topicId;
  const positions: StartPosition[] = [];
  const lost: (KafkaPosition & { to: number })[] = [];
  const behind: (KafkaPosition & { endOffset: number })[] = [];
  for (const [partition, { startOffset, endOffset }] of ends) {
    const covered = known?.partitions.get(partition)?.covered;
    const next = covered?.at(-1)?.[1];
    // A mirror may hold records in front of those it inherits, of before the older generation began: no delivery brought them yet.
    const isLed = known?.isMapped === true && covered?.[0] !== undefined && covered[0][0] > startOffset;
    const position = { source, partition, from: isLed ? startOffset : Math.max(next ?? 0, startOffset) };
    if (next !== undefined && next > endOffset) behind.push({ ...position, from: next, endOffset });
    else positions.push({ ...position, isProven: next === undefined || isSame });
    if (next !== undefined && next < startOffset) lost.push({ ...position, from: next, to: startOffset });
  }
  return { positions, lost, behind };
}
