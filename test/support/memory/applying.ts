// Steps of a commit one by one, for tests: entries that no table has applied yet, one table applied, and what is there afterwards.
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { identifierOf, loadTable } from '../../../src/iceberg/load-table.ts';
import { type ApplyResult, applyTable } from '../../../src/jobs/apply.ts';
import { createEntry } from '../../../src/jobs/create-entry.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { decideNext } from '../../../src/jobs/decide.ts';
import { ensureLedgerId } from '../../../src/jobs/ledger-id.ts';
import { encodeCheckpoint } from '../../../src/ledger/checkpoint-codec.ts';
import type { EntryDraft } from '../../../src/ledger/entries.ts';
import { markApplied } from '../../../src/ledger/state.ts';
import type { Fault, FaultHook } from './faults.ts';
import { CONTRACT } from './folded.ts';
import { GAME_TABLE, type Lab, ledgerOf, makeLab, observer, records } from './lab.ts';
import { changeMetadata } from './others.ts';

export const deadlineOf = (lab: Lab) => startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs);

/** Creates an entry, and nothing else. */
export async function enter(lab: Lab, draft: EntryDraft): Promise<void> {
  const { state } = await ledgerOf(lab.ports);
  await createEntry({ ports: lab.ports, contractName: CONTRACT, after: state.n, draft, deadline: deadlineOf(lab) });
}
/** Decides all that is staged; no table applies it. */
export async function decideAll(lab: Lab): Promise<void> {
  for (let left = 5; left > 0; left--) {
    const ledger = await ledgerOf(lab.ports);
    const { draft } = await decideNext({ ports: lab.ports, contractName: CONTRACT, ledger, deadline: deadlineOf(lab) });
    if (!draft) return;
    await enter(lab, draft);
  }
}
/** A process with one landing of two rows and one quarantined record decided and not applied. */
export async function decidedLab(): Promise<Lab> {
  const lab = makeLab();
  await lab.land(records('abx'));
  await decideAll(lab);
  return lab;
}
export async function apply(lab: Lab, table = GAME_TABLE, more: { deadline?: ReturnType<typeof deadlineOf> } = {}): Promise<ApplyResult> {
  const ledger = await ledgerOf(lab.ports);
  const ledgerId = await ensureLedgerId(lab.ports, CONTRACT);
  const state = ledger.state.tables.get(table)!;
  return applyTable({
    ports: lab.ports,
    contractName: CONTRACT,
    ledgerId,
    ledger,
    table: state,
    deadline: more.deadline ?? deadlineOf(lab),
  });
}
export const metadataOf = async (lab: Lab, table = GAME_TABLE) => (await loadTable(lab.ports, identifierOf(table)))!.metadata;
export const summaryOf = async (lab: Lab) => (await metadataOf(lab)).snapshots.at(-1)!.summary;
export const metadataFiles = (lab: Lab) => lab.world.urisUnder(`${lab.ports.root}/game/events/metadata/`);
export const dataFiles = (lab: Lab) => lab.world.urisUnder(`${lab.ports.root}/game/events/data/`);
/** The first commits of the table meet a rival that changes it first; gives how often that happened. */
export function rivals(lab: Lab, count: number): { times: number } {
  const seen = { times: 0 };
  const other = observer(lab.world);
  lab.setFault(({ op }) => {
    if (op !== 'commit' || seen.times >= count) return undefined;
    seen.times++;
    const act = () =>
      changeMetadata(other.ports, GAME_TABLE, (one) => ({ ...one, properties: { ...one.properties, rival: `${seen.times}` } }));
    return { kind: 'rival', act };
  });
  return seen;
}
/** The same fault at the first calls of a kind. */
export function failing(
  lab: Lab,
  op: string,
  kind: Exclude<Fault['kind'], 'apply-late' | 'delay' | 'rival'>,
  count = Number.POSITIVE_INFINITY,
): void {
  let seen = 0;
  const hook: FaultHook = (call) => (call.op === op && seen++ < count ? { kind } : undefined);
  lab.setFault(hook);
}
export const calls = (lab: Lab, op: string) => lab.calls.filter((call) => call.op === op);

/** The checkpoint a committer would write now, knowing that every table but the parked ones has applied all it had to. */
export async function writeCheckpoint(lab: Lab): Promise<void> {
  const { state } = await ledgerOf(lab.ports);
  for (const table of state.tables.values()) if (!table.parked) markApplied(table, table.pending.at(-1) ?? 0);
  lab.world.putIfAbsent(contractPaths(lab.ports.root, CONTRACT).checkpoint(state.n), encodeCheckpoint(state));
}

/** Tables keep the metadata files of the last two commits alone. */
export const keepFewVersions = (lab: Lab) =>
  changeMetadata(lab.ports, GAME_TABLE, (one) => ({
    ...one,
    properties: { ...one.properties, 'write.metadata.previous-versions-max': '1' },
  }));

/** Other limits while it lasts. */
export async function withLimits(changed: Readonly<Record<string, number>>, act: () => Promise<void>): Promise<void> {
  const limits = LIMITS as Record<string, number>;
  const before = Object.fromEntries(Object.keys(changed).map((name) => [name, limits[name]!]));
  Object.assign(limits, changed);
  try {
    await act();
  } finally {
    Object.assign(limits, before);
  }
}

export const oneEntryACommit = (run: () => Promise<void>) => withLimits({ entriesPerCommitMax: 1 }, run);
