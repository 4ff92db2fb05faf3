// The end of a schedule: without faults the world must become quiet. Everything the topics still hold is landed again in one cut,
// committed, resolved and repaired, over and over; then nothing is staged, every table that nobody broke is at the ledger's end, every
// acknowledged record and every record of a topic is in exactly one place, and the real audit says the same. A cheaper end lands and
// mends what the schedule left open; of records that it gave nobody it cannot say that they would land.
import { LIMITS } from '../../../src/contract/limits.ts';
import { FirnError } from '../../../src/errors.ts';
import { auditTable } from '../../../src/jobs/audit-table.ts';
import { commitContract } from '../../../src/jobs/commit-contract.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { loadLedger } from '../../../src/jobs/load-ledger.ts';
import type { LedgerState } from '../../../src/ledger/state.ts';
import { landDelivery } from './actors/land.ts';
import { allLate } from './actors/late.ts';
import { operate, resolveSome } from './actors/plans.ts';
import { sweepSome } from './actors/upkeep.ts';
import type { Process } from './process.ts';
import { TICK_MS } from './scaled-limits.ts';
import { type Delivery, fetchAll, prefixHash, type Source, sourceIdOf } from './sources.ts';
import { OTHERS_SOURCE } from './table-ghost.ts';
import { holds } from './violation.ts';
import { quietPorts, ROOT, type SimWorld } from './world.ts';

const ROUNDS = 8;

/** How much of it is done although it is not needed. */
export interface Thoroughness {
  /** Chance that everything is delivered once more, and all jobs run; else what the schedule left open is landed, committed and mended. */
  readonly redelivery: number;
  /** Chance that what nobody names is swept before the last look. */
  readonly sweep: number;
  /** Rounds in any case: a second one must find nothing to do. */
  readonly roundsMin: number;
}

export const WHOLE: Thoroughness = { redelivery: 1, sweep: 1, roundsMin: 2 };
/**
 * Most of what a brief schedule costs would be its end. What is left out here, others do: one in so many. Every check is made in all, that for lost
 * records of what somebody was given alone where not everything is delivered once more.
 */
export const SAMPLED: Thoroughness = { redelivery: 0.25, sweep: 0.4, roundsMin: 1 };

export async function quiesce(world: SimWorld, how: Thoroughness): Promise<void> {
  const isOnceMore = isChosen(world, how.redelivery);
  const end: End = { world, isOnceMore };
  let isSwept = !isChosen(world, how.sweep);
  for (let round = 0; round < ROUNDS; round++) {
    world.memory.advance(TICK_MS);
    const before = world.ghost.judged;
    // What a round may meet (a parked source, a dropped table) is not an error of the round; what is left at the end is. Everything
    // is delivered once more in the first round; later, what has no place yet.
    for (const source of world.sources) {
      const isAll = round === 0 && isOnceMore;
      if (!isAll && lost(end, source).length === 0) continue;
      const deliveries = isAll || how.redelivery === 1 ? fetchAll(source) : fetchRest(world, source);
      await attempt(world, 'land', (process) => landAll(world, process, { source, deliveries }));
    }
    for (const source of world.sources) {
      const { older } = source;
      if (older && round < 2)
        await attempt(world, 'land', (process) => landDelivery(world, process, { source, older, deliveries: allLate(older) }));
    }
    for (const contractName of world.contracts) {
      if (isOnceMore || round > 0 || isBehind(world, contractName))
        await attempt(world, 'commit', (process) => commitContract({ ...process, contractName }));
    }
    const isDone = !isOnceMore && (await isQuiet(end));
    if (isDone && isSwept) break;
    if (!isDone) await mend(world);
    // A round that changed nothing would be followed by others like it.
    const isStill = world.ghost.judged === before;
    if (isStill && isSwept) break;
    if (isStill || round === 3 || (!isSwept && how.roundsMin === 1)) {
      isSwept = true;
      world.memory.advance(3 * LIMITS.sweepInFlightMs);
      await attempt(world, 'sweep', (process) => sweepSome(world, process));
    }
    if (round + 1 >= how.roundsMin && (await isQuiet(end))) break;
  }
  for (const contract of world.contracts) await checkContract(end, contract);
}

interface End {
  readonly world: SimWorld;
  /** Everything has been delivered once more: nothing a topic has may be nowhere. */
  readonly isOnceMore: boolean;
}

async function mend(world: SimWorld): Promise<void> {
  for (const source of world.sources) {
    await attempt(world, 'resolve', (process) => resolveSome(world, process, source));
    await attempt(world, 'operate', (process) => operate(world, process, source));
  }
}

/** Something is staged, or a table has not applied all that it needs. */
function isBehind(world: SimWorld, contract: string): boolean {
  return hasTableBehind(world, contract) || world.memory.urisUnder(`${ROOT}/_firn/${contract}/staged/`).length > 0;
}

function hasTableBehind({ ghost }: SimWorld, contract: string): boolean {
  return [...ghost.ledger(contract).need].some(([table, held]) => ghost.table(table).applied() < (held.at(-1) ?? 0));
}

/** Certainty takes no chance. */
function isChosen({ random }: SimWorld, chance: number): boolean {
  return chance === 1 || random.next() < chance;
}

async function attempt(world: SimWorld, kind: string, act: (process: Process) => Promise<unknown>): Promise<void> {
  const name = `last-${kind}-${world.quiet}`;
  const ports = quietPorts(world, `last-${kind}`);
  const process: Process = { name, kind, ports, deadline: startDeadline(ports.clock, LIMITS.commitDeadlineMs), asleepUntilMs: 0 };
  try {
    await act(process);
  } catch (error) {
    if (!(error instanceof FirnError) || error.name === 'InvariantError' || error.name === 'ContractError') throw error;
    world.ghost.trace.push(`${name}: ${error.message}`);
  }
  await world.ghost.settle();
}

/** Of each partition, from the first record on that has no place. */
function fetchRest(world: SimWorld, source: Source): Delivery[] {
  const left = new Set(nowhere(world, source));
  const first = new Map<number, number>();
  const all = fetchAll(source);
  for (const { partition, offset, record } of all) if (!first.has(partition) && left.has(record.id)) first.set(partition, offset);
  return all.filter(({ partition, offset }) => offset >= (first.get(partition) ?? Number.POSITIVE_INFINITY));
}

async function landAll(
  world: SimWorld,
  process: Process,
  { source, deliveries }: { readonly source: Source; readonly deliveries: readonly Delivery[] },
): Promise<void> {
  const lines = source.kind === 'file' ? source.log[0]!.length : 0;
  const files = lines > 0 ? [{ sourceId: sourceIdOf(source), lines, bytes: lines * 10, sha256: prefixHash(source, lines) }] : undefined;
  await landDelivery(world, process, { source, deliveries, ...(files ? { files } : {}) });
}

async function stateOf(world: SimWorld, contractName: string): Promise<LedgerState> {
  return (await loadLedger({ ports: quietPorts(world, 'reader'), contractName })).state;
}

/** Nothing of what a round could still mend is left. */
async function isQuiet(end: End): Promise<boolean> {
  const { world } = end;
  for (const contract of world.contracts) {
    const state = await stateOf(world, contract);
    if (world.sources.some((source) => source.contract === contract && state.sources.get(sourceIdOf(source))?.parked)) return false;
    if ([...state.tables.values()].some(({ parked }) => parked)) return false;
    if (hasTableBehind(world, contract)) return false;
    if (stagedLeft(world, { contract, state }).length > 0) return false;
    if (world.sources.some((source) => source.contract === contract && lost(end, source).length > 0)) return false;
  }
  return true;
}

async function checkContract(end: End, contract: string): Promise<void> {
  const { world } = end;
  const { ghost } = world;
  const ledger = ghost.ledger(contract);
  const state = await stateOf(world, contract);
  const isBroken = (table: string): boolean => ghost.table(table).isHurt || ghost.table(table).isDirty;
  for (const [table, need] of ledger.need) {
    const at = ghost.table(table);
    if (state.tables.get(table)?.parked) {
      holds(isBroken(table), () => `P4 ${table} still parked at the end: ${state.tables.get(table)?.parked?.message}`);
      continue;
    }
    holds(isBroken(table) || at.applied() >= (need.at(-1) ?? 0), () => `P4 ${table} does not progress: ${at.applied()} of ${need.at(-1)}`);
    if (!at.isDirty && at.metadata) await at.checkRows(ledger.expectedAt(table, Math.min(at.applied(), ledger.n)));
  }
  for (const source of world.sources.filter((one) => one.contract === contract)) {
    holds(!state.sources.get(sourceIdOf(source))?.parked, () => `P4 ${sourceIdOf(source)} still parked at the end`);
    const ids = lost(end, source);
    holds(ids.length === 0, () => `P1 records of the topic are nowhere: ${ids}`);
  }
  const left = stagedLeft(world, { contract, state });
  holds(left.length === 0, () => `P4 descriptors are left: ${left}`);
  checkAcknowledged(world, contract);
  await checkAudit(world, contract, isBroken);
}

/** What a source has and no place has: of all its records, or of those that somebody in this schedule has been given. */
function lost({ world, isOnceMore }: End, source: Source): string[] {
  const ids = nowhere(world, source);
  if (isOnceMore || ids.length === 0) return ids;
  const given = new Set([...world.batches.values()].flatMap(({ deliveries }) => deliveries.map(({ record }) => record.id)));
  return ids.filter((id) => given.has(id));
}

function nowhere(world: SimWorld, source: Source): string[] {
  const { where, declared } = world.ghost.ledger(source.contract);
  return fetchAll(source)
    .filter(({ record, partition, offset }) => !where.has(record.id) && !declared.has(`${sourceIdOf(source)}|${partition}|${offset}`))
    .map(({ record }) => record.id);
}

/** Staged descriptors that are neither of a parked source nor waiting for a broken table. */
function stagedLeft(world: SimWorld, { contract, state }: { readonly contract: string; readonly state: LedgerState }): string[] {
  const parkedTables = [...state.tables.values()].some(({ parked }) => parked);
  return world.memory.urisUnder(`${ROOT}/_firn/${contract}/staged/`).filter((uri) => {
    const id = uri.slice(uri.lastIndexOf('/') + 1, -'.json'.length);
    const { descriptor } = world.ghost.descriptors.get(id) ?? {};
    const isOfParked = descriptor?.sources.some(({ sourceId }) => state.sources.get(sourceId)?.parked) ?? false;
    const isWaiting = parkedTables && world.ghost.ledger(contract).decided.has(id);
    return !isOfParked && !isWaiting;
  });
}

/** Every acknowledged record is in the ledger, or in a descriptor of a parked source, kept for its recovery. */
function checkAcknowledged(world: SimWorld, contract: string): void {
  const { ghost } = world;
  const ledger = ghost.ledger(contract);
  const kept = new Set<string>();
  for (const uri of world.memory.urisUnder(`${ROOT}/_firn/${contract}/staged/`)) {
    const records = ghost.descriptors.get(uri.slice(uri.lastIndexOf('/') + 1, -'.json'.length))?.records;
    for (const { id } of records?.values() ?? []) kept.add(id);
  }
  const ids = new Set(world.sources.filter((one) => one.contract === contract).map(({ name }) => name));
  for (const [id, place] of ghost.acknowledged) {
    if (!ids.has(place.slice(0, place.indexOf('/')))) continue;
    holds(ledger.where.has(id) || kept.has(id) || ledger.declared.has(place), () => `P1 acknowledged record ${id} at ${place} is nowhere`);
  }
}

/** The product's own audit agrees with the checker. */
async function checkAudit(world: SimWorld, contractName: string, isBroken: (table: string) => boolean): Promise<void> {
  const report = await auditTable({ ports: quietPorts(world, 'auditor'), contractName });
  for (const table of report.tables) {
    if (isBroken(table.table) || table.notAudited !== undefined) continue;
    // Of rows in expired snapshots nobody can say whose they are: those of others count as foreign then.
    const live = await world.ghost.table(table.table).liveRows();
    const ofOthers = live.filter(({ place }) => place.startsWith(`${OTHERS_SOURCE}|`)).length;
    const { missing, doubles, foreign } = table;
    // A file written again without the rows that others deleted says no more why they are gone.
    const { removed, hasForgotten } = world.ghost.table(table.table);
    const isRedriven = [...world.ghost.ledger(contractName).entries.values()].some(({ kind }) => kind === 'redrive');
    const isRight = missing.count <= (hasForgotten || isRedriven ? removed.size : 0) && doubles.count === 0 && foreign.count <= ofOthers;
    holds(isRight, () => `audit of ${table.table} finds ${missing.count} missing, ${doubles.count} doubles, ${foreign.count} foreign`);
  }
  holds(
    report.sources.every(({ isAccounted }) => isAccounted),
    () => 'audit finds counts that differ from classes',
  );
}
