// Records judged a second time: what becomes of each, and the data files and classes of those that move. Those that fail again stay
// where they are, untouched; one whose row cannot be encoded too.
import type { KafkaRecords } from '../decode/records.ts';
import type { ClassCounts, DecidedSource, DecidedTable } from '../ledger/entries.ts';
import { deliveredOf } from '../ledger/state.ts';
import { type Judged, judgeRecords } from '../pipeline/judge.ts';
import { type Reason, VERDICT } from '../pipeline/types.ts';
import { sourcesOf } from './build-descriptor.ts';
import { openPartitionsOf } from './fan-out.ts';
import { groupRecords } from './group-records.ts';
import type { RedriveRequest } from './redrive-types.ts';
import { filledParts, newStage, stageAccepted } from './stage-rows.ts';

export interface JudgedAgain {
  readonly judged: Judged;
  readonly moved: number;
  readonly counts: ClassCounts;
}

/** Pure. */
export function judgeAgain({ judge, ports }: RedriveRequest, records: KafkaRecords, suspects: ReadonlyMap<number, Reason>): JudgedAgain {
  const judged = judgeRecords(judge, records, { ingestedAtMs: ports.clock.nowMs(), suspects });
  const count = (verdict: number): number => judged.verdicts.reduce((sum, one) => sum + (one === verdict ? 1 : 0), 0);
  const counts = { accepted: count(VERDICT.accepted), filtered: count(VERDICT.filtered), quarantined: 0, absent: 0 };
  return { judged, counts, moved: counts.accepted + counts.filtered };
}

/** Writes the data files; nothing refers to them until an entry does. */
export async function stageAgain(
  { ports, contract, resolved }: RedriveRequest,
  records: KafkaRecords,
  { judged }: JudgedAgain,
): Promise<{ readonly sources: readonly DecidedSource[]; readonly tables: readonly DecidedTable[] }> {
  const grouped = groupRecords(records);
  const stage = newStage({ ports, contractName: contract.name, records, grouped });
  const tables: DecidedTable[] = [];
  const filled = filledParts(resolved.tables.length, judged);
  for (const [table, parts] of filled.entries()) {
    if (parts.length === 0) continue;
    const staged = await stageAccepted(stage, { target: resolved.tables[table]!.main, parts, partitionsMax: openPartitionsOf(filled) });
    for (const record of staged.poisoned) judged.verdicts[record] = VERDICT.quarantined;
    if (staged.table.files.length > 0)
      tables.push({ ...staged.table, files: staged.table.files.map((file) => ({ ...file, keep: 'all' })) });
  }
  const sources = sourcesOf({
    records,
    grouped,
    verdicts: judged.verdicts,
    tableOf: judged.tableOf,
    eventTimeMs: judged.eventTimeMs,
    tables: resolved.tables.map(({ main }) => main.key),
    gaps: 'unverified',
    answered: [],
    observed: new Map(),
  });
  return { sources: sources.map(movedOnly).filter(({ partitions }) => partitions.length > 0), tables };
}

/** Without what stays quarantined. Edges are remembered from the landing; of another part of its records they would say nothing new. */
function movedOnly({ sourceId, topic, partitions }: DecidedSource): DecidedSource {
  const moved = partitions.map((classes) => ({ ...classes, quarantined: [], edges: [] }));
  return { sourceId, topic, partitions: moved.filter((classes) => deliveredOf(classes).length > 0) };
}
