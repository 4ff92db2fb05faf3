// Records that offsets have no record (DESIGN §5.2, §7), as an `absent` entry: *proven*, after Kafka was asked and its timestamps at
// covered neighbouring offsets agreed with the ledger's (rules "resolver checks the topic", "unverified is not absent": both are
// the caller's), or *declared*, because a person says so. What an entry already covers stays as it is; what a staged descriptor
// holds a record of will land and is never declared absent.
import { LIMITS } from '../contract/limits.ts';
import { InputRefusedError } from '../errors.ts';
import type { AbsentCause, SourceRanges } from '../ledger/entries.ts';
import { countOffsets, normalizeRanges, type Ranges, subtractRanges } from '../ledger/ranges.ts';
import { deliveredOf } from '../ledger/state.ts';
import { mergeSourceRanges } from '../ledger/trim.ts';
import type { Ports } from '../ports.ts';
import { appendEntry } from './append-entry.ts';
import type { Deadline } from './deadline.ts';
import type { LoadedLedger } from './load-ledger.ts';
import { placeKey } from './offset-map.ts';
import { listStaged, readStaged } from './staged.ts';

export interface RecordAbsentRequest {
  readonly ports: Ports;
  readonly contractName: string;
  readonly deadline: Deadline;
  /** `by-hand` is a declaration; the others are proofs. */
  readonly cause: AbsentCause;
  readonly note?: string;
  readonly ranges: readonly SourceRanges[];
}

export interface RecordAbsentResult {
  /** Undefined: nothing was left to record. */
  readonly entry: number | undefined;
  readonly recorded: readonly SourceRanges[];
  readonly offsets: number;
  /** Of the asked offsets: covered before, or held by a staged descriptor. */
  readonly covered: number;
  readonly staged: number;
}

/**
 * Creates the entry for what nothing covers and nothing staged holds. Throws InputRefusedError for a source that is unknown or
 * parked, and, unless Kafka says there never was a record, while a staged descriptor cannot be read: it may hold the only copy.
 */
export async function recordAbsent(request: RecordAbsentRequest): Promise<RecordAbsentResult> {
  const { cause, note } = request;
  if (note !== undefined && Buffer.byteLength(note) > LIMITS.noteBytesMax) {
    throw new InputRefusedError(`the note has ${Buffer.byteLength(note)} bytes, at most ${LIMITS.noteBytesMax} are kept; shorten it`, {
      code: 'note-too-long',
    });
  }
  const asked = mergeSourceRanges(request.ranges);
  let result: Omit<RecordAbsentResult, 'entry'> = { recorded: [], offsets: 0, covered: 0, staged: 0 };
  const entry = await appendEntry({
    ...request,
    draft: async (ledger) => {
      result = await openOf(request, ledger, asked);
      if (result.recorded.length === 0) return undefined;
      const evidence = cause === 'by-hand' ? 'declared' : 'proven';
      return { kind: 'absent', evidence, cause, ...(note === undefined ? {} : { note }), ranges: result.recorded };
    },
  });
  if (entry) request.ports.telemetry.count('absent-recorded', result.offsets, { contract: request.contractName, cause });
  return { ...result, entry: entry?.n };
}

/** The staged descriptors are listed after the ledger was read: one decided in between costs our entry its number, never a record. */
async function openOf(
  request: RecordAbsentRequest,
  ledger: LoadedLedger,
  asked: readonly SourceRanges[],
): Promise<Omit<RecordAbsentResult, 'entry'>> {
  const staged = await stagedOffsets(request);
  const recorded: SourceRanges[] = [];
  let [offsets, covered, held] = [0, 0, 0];
  for (const { sourceId, partition, ranges } of asked) {
    const source = ledger.state.sources.get(sourceId);
    if (!source || source.parked) throw unusable(request.contractName, sourceId, source ? 'is parked: recover it first' : 'is not known');
    const open = subtractRanges(ranges, source.partitions.get(partition)?.covered ?? []);
    const free = subtractRanges(open, normalizeRanges(staged.get(placeKey({ sourceId, partition })) ?? []));
    covered += countOffsets(ranges) - countOffsets(open);
    held += countOffsets(open) - countOffsets(free);
    offsets += countOffsets(free);
    if (free.length > 0) recorded.push({ sourceId, partition, ranges: free });
  }
  return { recorded, offsets, covered, staged: held };
}

/** Offsets with a record in a descriptor that is staged now. */
async function stagedOffsets(request: RecordAbsentRequest): Promise<ReadonlyMap<string, Ranges>> {
  const held = new Map<string, Ranges>();
  for (const one of await listStaged(request)) {
    const read = await readStaged(request, one);
    if (read.kind === 'poisoned' && request.cause !== 'no-record') {
      throw new InputRefusedError(
        `a staged descriptor of ${request.contractName} cannot be read and may hold these records: mend or remove ${one.uri} first`,
        { code: 'descriptor-unreadable', details: { contract: request.contractName, uri: one.uri } },
      );
    }
    if (read.kind !== 'read') continue;
    for (const { sourceId, partitions } of read.descriptor.sources) {
      for (const classes of partitions) {
        const key = placeKey({ sourceId, partition: classes.partition });
        held.set(key, [...(held.get(key) ?? []), ...subtractRanges(deliveredOf(classes), classes.absent)]);
      }
    }
  }
  return held;
}

function unusable(contract: string, sourceId: string, what: string): InputRefusedError {
  return new InputRefusedError(`source ${sourceId} of ${contract} ${what}; no offset of it is recorded as absent`, {
    code: 'source-unusable',
    details: { contract, sourceId },
  });
}
