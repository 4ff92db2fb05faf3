// Records → verdicts over all tables of a contract: each record is routed to one table, that table's pipeline judges it, and the
// answers are put together again as positions in the batch. Upholds promise 1 (one verdict a record, whatever table it went to) and
// 4: a batch that makes a pipeline throw is halved until the record that does it stands alone, which is quarantined as it came.
import type { ColumnSet } from '../columns.ts';
import type { CompiledContract } from '../contract/compiled.ts';
import { LIMITS } from '../contract/limits.ts';
import type { KafkaRecords } from '../decode/records.ts';
import { assertInvariant } from '../errors.ts';
import { createPipeline } from './create-pipeline.ts';
import { createRouter, type Router, UNROUTED } from './create-router.ts';
import { selectRecords } from './select-records.ts';
import type { Selfchecked } from './selfcheck.ts';
import { type BatchResult, type QuarantinedRecord, type Reason, VERDICT } from './types.ts';

/** Judges the records of one table's program. */
export interface TablePipeline {
  process(records: KafkaRecords, options: { readonly ingestedAtMs: number }): BatchResult;
}

/** A contract's pipelines by table, and who goes where; made once per process. */
export interface Judge {
  readonly pipelines: readonly TablePipeline[];
  readonly router: Router | undefined;
  readonly unrouted: 'quarantine' | 'filter';
}

/** Accepted rows of one table. */
export interface JudgedPart {
  /** Index among the contract's tables. */
  readonly table: number;
  readonly columns: ColumnSet;
  /** row → record of the batch, ascending. */
  readonly rowRecord: Uint32Array;
}

export interface Judged {
  /** By record: VERDICT. */
  readonly verdicts: Uint8Array;
  /** By record: the table it was judged for; 0 where none was. */
  readonly tableOf: Uint8Array;
  /** By record; NaN where there is none. */
  readonly eventTimeMs: Float64Array;
  readonly parts: readonly JudgedPart[];
  readonly quarantined: QuarantinedRecord[];
  readonly parkRequests: { readonly record: number; readonly rule: string; readonly table: number }[];
  readonly counts: Map<string, number>;
  /** Records compared with the plain path, and those that differed. */
  selfchecked: Selfchecked;
  /** Gives the memory of the parts' columns to the next batch; they must not be read afterwards. May be called once. */
  readonly release: () => void;
}

/** The rule of a record of which the quarantine has only the beginning: it is never redriven. */
export const TRUNCATED = 'truncated';

/** Compiles everything a contract's records go through. */
export function createJudge(contract: CompiledContract): Judge {
  return {
    pipelines: contract.tables.map((table) => createPipeline(table)),
    router: createRouter(contract.tables),
    unrouted: contract.unrouted ?? 'quarantine',
  };
}

export interface JudgeOptions {
  readonly ingestedAtMs: number;
  /** Records that are known to harm who reads them: quarantined unread. */
  readonly suspects?: ReadonlyMap<number, Reason>;
}

/** Every record of the batch has exactly one verdict. Cost: one pass; with several tables the bytes are copied once. */
export function judgeRecords(judge: Judge, records: KafkaRecords, options: JudgeOptions): Judged {
  const { count } = records;
  const releases: (() => void)[] = [];
  const judged: Judging = {
    verdicts: new Uint8Array(count),
    tableOf: new Uint8Array(count),
    eventTimeMs: new Float64Array(count).fill(Number.NaN),
    parts: [],
    quarantined: [],
    parkRequests: [],
    counts: new Map(),
    selfchecked: { compared: 0, mismatched: 0 },
    releases,
    release: () => {
      for (const release of releases.splice(0)) release();
    },
  };
  const suspects = unreadOf(records, options.suspects);
  for (const [record, reason] of suspects ?? []) quarantine(judged, record, reason);
  const groups = groupByTable(judge, judged, records, suspects);
  for (const [table, members] of groups) judgePart(judge, judged, { table, members, records, ingestedAtMs: options.ingestedAtMs });
  judged.quarantined.sort((a, b) => a.record - b.record);
  const rows = judged.parts.reduce((sum, { columns }) => sum + columns.rows, 0);
  let filtered = 0;
  for (let i = 0; i < count; i++) if (judged.verdicts[i] === VERDICT.filtered) filtered++;
  assertInvariant(rows + judged.quarantined.length + filtered === count, 'accepted + quarantined + filtered = records');
  return judged;
}

type Judging = Judged & { readonly parts: JudgedPart[]; readonly releases: (() => void)[] };

/** Suspects, and records of which only the beginning is here: that may read like a whole message and is none. */
function unreadOf({ truncated }: KafkaRecords, suspects: JudgeOptions['suspects']): JudgeOptions['suspects'] {
  if (!truncated) return suspects;
  const reasons = [...truncated].map(([record, { bytes, sha256 }]): [number, Reason] => {
    const kept = Math.min(bytes, LIMITS.oversizeHeadBytes);
    const message = `expected at most ${LIMITS.recordValueBytesMax} bytes, got ${bytes}; the first ${kept} are kept, SHA-256 of all: ${sha256}`;
    return [record, { rule: TRUNCATED, field: '', message }];
  });
  return new Map([...(suspects ?? []), ...reasons]);
}

function groupByTable(
  { router, unrouted, pipelines }: Judge,
  judged: Judged,
  records: KafkaRecords,
  suspects: JudgeOptions['suspects'],
): [number, Uint32Array][] {
  const all = new Uint32Array(records.count);
  for (let record = 0; record < all.length; record++) all[record] = record;
  // A route reads values too: suspects are not even routed.
  const members = suspects?.size ? all.filter((record) => !suspects.has(record)) : all;
  const routes = router?.(members.length === all.length ? records : selectRecords(records, members));
  if (!routes && members.length === all.length) return [[0, all]];
  const groups: number[][] = pipelines.map(() => []);
  for (const [i, record] of members.entries()) {
    const table = routes?.[i] ?? 0;
    if (table !== UNROUTED) {
      judged.tableOf[record] = table;
      groups[table]!.push(record);
    } else if (unrouted === 'filter') {
      judged.verdicts[record] = VERDICT.filtered;
      count(judged, 'unrouted:drop', 1);
    } else quarantine(judged, record, { rule: 'unrouted', field: '', message: 'expected a table whose firn.route holds, got none' });
  }
  return groups.flatMap((members, table): [number, Uint32Array][] => (members.length > 0 ? [[table, Uint32Array.from(members)]] : []));
}

interface Part {
  readonly table: number;
  /** Records of the batch, ascending. */
  readonly members: Uint32Array;
  readonly records: KafkaRecords;
  readonly ingestedAtMs: number;
}

function judgePart(judge: Judge, judged: Judging, part: Part): void {
  const { table, members, records } = part;
  const isWhole = members.length === records.count;
  const result = attempt(() =>
    judge.pipelines[table]!.process(isWhole ? records : selectRecords(records, members), { ingestedAtMs: part.ingestedAtMs }),
  );
  if (result) addResult(judged, part, result);
  else if (members.length === 1) quarantine(judged, members[0]!, INTERNAL_ERROR);
  else {
    const half = members.length >>> 1;
    judgePart(judge, judged, { ...part, members: members.subarray(0, half) });
    judgePart(judge, judged, { ...part, members: members.subarray(half) });
  }
}

const INTERNAL_ERROR: Reason = {
  rule: 'internal-error',
  field: '',
  message: 'the record could not be processed; it is kept as it came',
};

/** Undefined when it throws: judging is pure, so a throw says nothing but that these records cannot be judged together. */
function attempt<T>(process: () => T): T | undefined {
  try {
    return process();
  } catch {
    return undefined;
  }
}

function addResult(judged: Judging, { table, members }: Part, result: BatchResult): void {
  assertInvariant(result.verdicts.length >= members.length, 'every record has a verdict');
  const isWhole = members.length === judged.verdicts.length;
  if (isWhole) judged.verdicts.set(result.verdicts.subarray(0, members.length));
  else for (let i = 0; i < members.length; i++) judged.verdicts[members[i]!] = result.verdicts[i]!;
  const rowRecord = isWhole ? result.rowRecord : result.rowRecord.map((record) => members[record]!);
  for (let row = 0; row < rowRecord.length; row++) judged.eventTimeMs[rowRecord[row]!] = result.eventTimeMs[row]!;
  judged.parts.push({ table, columns: result.columns, rowRecord });
  if (result.release) judged.releases.push(result.release);
  if (result.selfchecked) judged.selfchecked = sumOf(judged.selfchecked, result.selfchecked);
  for (const { record, reasons } of result.quarantined) judged.quarantined.push({ record: members[record]!, reasons });
  for (const { record, rule } of result.parkRequests) judged.parkRequests.push({ record: members[record]!, rule, table });
  for (const [rule, times] of result.counts) count(judged, rule, times);
}

function sumOf(a: Selfchecked, b: Selfchecked): Selfchecked {
  return { compared: a.compared + b.compared, mismatched: a.mismatched + b.mismatched };
}

function quarantine(judged: Judged, record: number, reason: Reason): void {
  judged.verdicts[record] = VERDICT.quarantined;
  judged.quarantined.push({ record, reasons: [reason] });
  count(judged, `${reason.rule}:quarantine`, 1);
}

function count(judged: Judged, rule: string, times: number): void {
  judged.counts.set(rule, (judged.counts.get(rule) ?? 0) + times);
}
