// Asks Kafka about the unverified offsets of one topic partition (DESIGN §5.2): reads across each gap and the covered offsets beside it.
// Kafka's answer counts only if its timestamps at covered neighbours agree with those the ledger remembers, and none differs
// (rule "resolver checks the topic"): offsets of another topic under the same name prove nothing. Bounded in records and bytes; what
// is left is asked the next time. Reads only.
import { LIMITS } from '../contract/limits.ts';
import type { RecordSource } from '../decode/records.ts';
import type { KafkaReader, KafkaRecord, PartitionEnds } from '../kafka-ports.ts';
import { containsOffset, normalizeRanges, type Ranges, subtractRanges } from '../ledger/ranges.ts';
import { type PartitionState, unverifiedOf } from '../ledger/state.ts';
import type { Range } from '../ledger/types.ts';

export interface AskGapsRequest {
  readonly reader: KafkaReader;
  readonly source: RecordSource;
  readonly known: PartitionState;
  readonly ends: PartitionEnds;
  /** False: stop asking. */
  readonly mayGoOn: () => boolean;
}

export interface GapAnswers {
  /** They exist: to be landed. */
  readonly records: readonly KafkaRecord[];
  /** Kafka has no record there. */
  readonly noRecord: Ranges;
  /** The log begins after them. */
  readonly beforeStart: Ranges;
  /** Nobody can tell: no neighbour is left to compare. */
  readonly incomparable: Ranges;
  /** Not asked for want of room or time. */
  readonly unasked: Ranges;
  /** A covered offset whose record is another one now: the topic was made again. */
  readonly disagreement: number | undefined;
}

/** Cost: about one read per gap, fewer where gaps are close together. */
export async function askGaps(request: AskGapsRequest): Promise<GapAnswers> {
  const gaps = unverifiedOf(request.known);
  const log = new LogWindow(request);
  const answers = { records: [] as KafkaRecord[], noRecord: [] as Range[], beforeStart: [] as Range[], incomparable: [] as Range[] };
  for (const [i, gap] of gaps.entries()) {
    if (i >= LIMITS.resolveGapsMax || !log.hasRoom || !request.mayGoOn())
      return { ...answers, unasked: gaps.slice(i), disagreement: undefined };
    const verdict = await askGap(request, log, gap);
    if (verdict.kind === 'disagree') return { ...answers, unasked: gaps.slice(i), disagreement: verdict.offset };
    if (verdict.kind === 'unanswered') return { ...answers, unasked: gaps.slice(i), disagreement: undefined };
    if (verdict.kind === 'incomparable') {
      answers.incomparable.push(gap);
      continue;
    }
    const { startOffset } = request.ends;
    const below: Range = [gap[0], Math.min(gap[1], startOffset)];
    const found = log.recordsIn(gap);
    answers.records.push(...found);
    answers.beforeStart.push(...normalizeRanges([below]));
    const missing = subtractRanges(
      normalizeRanges([[Math.max(gap[0], startOffset), gap[1]]]),
      found.map(({ kafkaOffset }) => [kafkaOffset, kafkaOffset + 1]),
    );
    answers.noRecord.push(...missing);
  }
  return { ...answers, unasked: [], disagreement: undefined };
}

type GapVerdict = { readonly kind: 'agree' | 'incomparable' | 'unanswered' } | { readonly kind: 'disagree'; readonly offset: number };

async function askGap({ known, ends }: AskGapsRequest, log: LogWindow, gap: Range): Promise<GapVerdict> {
  const exact = known.remembered.filter(([offset]) => containsOffset(known.covered, offset));
  const before = exact.filter(([offset]) => offset < gap[0] && offset >= ends.startOffset).at(-1);
  const after = exact.find(([offset]) => offset >= Math.max(gap[1], ends.startOffset));
  const neighbours = [before, after].filter((one) => one !== undefined);
  for (const [offset, timestampMs] of neighbours) {
    if (!(await log.answer([offset, offset + 1]))) return { kind: 'unanswered' };
    const found = log.timestampAt(offset);
    if (found !== undefined && found !== timestampMs) return { kind: 'disagree', offset };
  }
  if (!neighbours.some(([offset]) => log.timestampAt(offset) !== undefined)) return { kind: 'incomparable' };
  const from = Math.max(gap[0], ends.startOffset);
  if (from < gap[1] && !(await log.answer([from, gap[1]]))) return { kind: 'unanswered' };
  return { kind: 'agree' };
}

/** What was read of the partition so far: which offsets are answered, all timestamps, and the records of unverified offsets. */
class LogWindow {
  readonly #request: AskGapsRequest;
  readonly #gaps: Ranges;
  readonly #timestamps = new Map<number, number>();
  readonly #records: KafkaRecord[] = [];
  #answered: Ranges = [];
  #bytes = 0;

  constructor(request: AskGapsRequest) {
    this.#request = request;
    this.#gaps = unverifiedOf(request.known);
  }

  get hasRoom(): boolean {
    return this.#bytes < LIMITS.runUnitBytesMax && this.#records.length < LIMITS.runUnitRecordsMax;
  }

  /** Reads until the offsets are answered; false when Kafka does not answer (any more) or there is no room. */
  async answer(wanted: Range): Promise<boolean> {
    const { reader, source, known } = this.#request;
    for (let reads = 0; reads < LIMITS.resolveReadsMax; reads++) {
      const open = subtractRanges([wanted], this.#answered)[0];
      if (!open) return true;
      if (!this.hasRoom) return false;
      const position = { source, partition: known.partition, from: open[0] };
      const bounds = { bytesMax: LIMITS.fetchBytesMax, recordsMax: LIMITS.runUnitRecordsMax, waitMs: LIMITS.fetchWaitMs };
      const [slice] = await reader.read([position], bounds);
      if (slice?.kind !== 'records') return false;
      this.#keep(slice.records);
      this.#answered = normalizeRanges([...this.#answered, [slice.from, slice.to]]);
    }
    return false;
  }

  timestampAt(offset: number): number | undefined {
    return this.#timestamps.get(offset);
  }

  recordsIn([start, end]: Range): readonly KafkaRecord[] {
    return this.#records.filter(({ kafkaOffset }) => kafkaOffset >= start && kafkaOffset < end);
  }

  #keep(records: readonly KafkaRecord[]): void {
    for (const record of records) {
      if (this.#timestamps.has(record.kafkaOffset)) continue;
      this.#timestamps.set(record.kafkaOffset, record.timestampMs);
      this.#bytes += LIMITS.recordOverheadBytes;
      if (!containsOffset(this.#gaps, record.kafkaOffset)) continue;
      // A copy: a view would keep the whole fetched section alive.
      this.#records.push({ ...record, key: record.key && Buffer.from(record.key), value: record.value && Buffer.from(record.value) });
      this.#bytes += (record.value?.length ?? 0) + (record.key?.length ?? 0);
    }
  }
}
