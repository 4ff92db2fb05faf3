// Commits a contract (DESIGN §6): load → decide → apply every table behind → park → delete finished descriptors → checkpoint →
// collect → pending replacements of maintenance. May run twice at once, crash anywhere, and be rung for nothing: the ledger decides,
// tables say themselves how far they are. A handler that returns has applied. A bad table never stops another (promise 4, rule "parked
// table alone stops"): its error is thrown after the others have been served. A backlog is worked off in bounded units; what is left is
// rung again (promise 10).
import { LIMITS } from '../contract/limits.ts';
import { contractPaths } from '../contract/names.ts';
import { CommitConflictError, DeadlineError, FirnError, TransientIoError } from '../errors.ts';
import { countUnverified } from '../ledger/count-unverified.ts';
import type { EntryDraft, LedgerEntry } from '../ledger/entries.ts';
import { foldEntry } from '../ledger/fold.ts';
import { addCounts, emptyState, type LedgerState, NO_COUNTS, type ParkState } from '../ledger/state.ts';
import { type ApplyResult, applyTable } from './apply.ts';
import { checkLedgerEnd } from './check-ledger-end.ts';
import { checkpointLedger } from './checkpoint-ledger.ts';
import { createEntry } from './create-entry.ts';
import { isHalfOver } from './deadline.ts';
import { decideNext } from './decide.ts';
import { deleteObjects } from './delete-objects.ts';
import { watermarkMs } from './entry-summary.ts';
import { usedLedgerId } from './ledger-id.ts';
import { LEDGER_REMEDY, type LoadedLedger, loadLedger } from './load-ledger.ts';
import { applyReplacements } from './maintenance/apply-replacements.ts';
import { adviceFor } from './recovery-advice.ts';
import type { CommitContractRequest, CommitResult, ParkedTarget, TableCommit } from './types.ts';

/**
 * Decides and applies everything staged; of a contract that never landed anything there is nothing, and nothing is made. Throws when a
 * table could not be brought up: conflict, unknown outcome, I/O, deadline.
 */
export async function commitContract(request: CommitContractRequest): Promise<CommitResult> {
  const tally = new Tally();
  const [ledgerId, first] = await Promise.all([usedLedgerId(request.ports, request.contractName), loadLedger(request)]);
  if (ledgerId === undefined) return resultOf(request, emptyState(request.contractName), tally);
  let losses = 0;
  for (let ledger = first; ; ledger = await loadLedger(request)) {
    const pass = await runPass({ ...request, ledgerId, ledger, tally });
    if (pass.kind === 'done') {
      await applyReplacements({ ...request, state: ledger.state });
      return resultOf(request, ledger.state, tally);
    }
    if (pass.kind === 'more') {
      if (!isHalfOver(request.deadline)) continue;
      await request.ports.doorbell.ring(request.contractName);
      return resultOf(request, ledger.state, tally);
    }
    losses++;
    if (losses >= LIMITS.commitPassesMax) {
      if (pass.error) throw pass.error;
      throw new CommitConflictError(
        `ledger of ${request.contractName}: others advanced it ${losses} times in a row; the next ring tries again`,
        { code: 'ledger-conflict', details: { contract: request.contractName, attempts: losses } },
      );
    }
  }
}

interface Pass extends CommitContractRequest {
  readonly ledgerId: string;
  readonly ledger: LoadedLedger;
  readonly tally: Tally;
}

/** `more`: a bounded part is done. `again`: the ledger moved on, or a table was parked; read it again. */
interface PassResult {
  readonly kind: 'done' | 'more' | 'again';
  /** Why it is `again`, if it stays so. */
  readonly error?: FirnError;
}

async function runPass(pass: Pass): Promise<PassResult> {
  const decided = await decideAll(pass);
  if (decided.kind === 'again') return { kind: 'again' };
  const applied = await applyAll(pass);
  if (applied.kind === 'again') return { ...applied, kind: 'again' };
  await retireDescriptors(pass, decided.staged);
  const { ports, contractName, deadline, ledger } = pass;
  await checkpointLedger({ ports, contractName, deadline, state: ledger.state, checkpoint: ledger.checkpoint, staged: decided.staged });
  if (applied.error) throw applied.error;
  return { kind: decided.kind };
}

/** Entries until nothing is left to decide, or the bound of a pass. A decision without an entry made progress too: it deleted or set aside. */
async function decideAll(pass: Pass): Promise<{ readonly kind: 'done' | 'more' | 'again'; readonly staged: ReadonlySet<string> }> {
  const checked = new Set<string>();
  for (let made = 0; ; made++) {
    const decision = await decideNext(pass);
    pass.tally.covered += decision.covered;
    pass.tally.poisoned = decision.poisoned;
    const { draft, staged } = decision;
    if (!draft && decision.isComplete) return { kind: 'done', staged };
    if (made >= LIMITS.entriesPerPassMax || (!draft && isHalfOver(pass.deadline))) return { kind: 'more', staged };
    if (!draft) continue;
    // Once a pass for each table: from here on only our own entries, and those that win their numbers from us, follow.
    const tables = [...new Set([...pass.ledger.state.tables.keys(), ...decision.tables])].filter((table) => !checked.has(table));
    for (const table of tables) checked.add(table);
    if ((await checkLedgerEnd({ ...pass, tables })) === 'moved') return { kind: 'again', staged };
    if (!(await append(pass, draft))) return { kind: 'again', staged };
  }
}

/** Creates the entry and folds it; false when another took its number. */
async function append(pass: Pass, draft: EntryDraft): Promise<boolean> {
  const { ports, contractName, deadline, ledger, tally } = pass;
  const entry = await createEntry({ ports, contractName, deadline, draft, after: ledger.state.n });
  if (!entry) return false;
  foldEntry(ledger.state, entry);
  ledger.entries.set(entry.n, entry);
  tally.count(entry);
  if (entry.kind === 'park') {
    ports.telemetry.count('parked', 1, { contract: contractName });
    ports.telemetry.log('error', 'parked', { ...entry.target, contract: contractName, reason: entry.reason, message: entry.message });
  }
  return true;
}

/** Every table behind, each for itself. */
async function applyAll(pass: Pass): Promise<{ readonly kind: 'applied' | 'again'; readonly error?: FirnError }> {
  let error: FirnError | undefined;
  let gone: FirnError | undefined;
  for (const table of pass.ledger.state.tables.values()) {
    const isStopped = table.parked !== undefined && table.parked.applyThrough === undefined;
    if (isStopped || table.pending.length === 0) continue;
    let result: ApplyResult;
    try {
      result = await applyTable({ ...pass, table });
    } catch (caught) {
      // Anything that is not ours, and the end of our time, ends the process; the other errors are this table's alone.
      if (!(caught instanceof FirnError) || caught instanceof DeadlineError) throw caught;
      pass.ports.telemetry.log('warn', 'a table was not brought up', { table: table.table, error: caught.name, message: caught.message });
      error ??= caught;
      continue;
    }
    if (result.kind === 'applied') pass.tally.tables.set(table.table, mergeCommits(pass.tally.tables.get(table.table), result.commit));
    else if (result.kind === 'reload') gone ??= entryGone(pass, table.table, result);
    else {
      await append(pass, { kind: 'park', target: { table: table.table }, reason: result.reason, message: result.message });
      return { kind: 'again' };
    }
  }
  if (gone) return { kind: 'again', error: gone };
  return error ? { kind: 'applied', error } : { kind: 'applied' };
}

/** Collected since the ledger was read, or lost: reading the ledger again tells. */
function entryGone({ contractName }: Pass, table: string, { entry }: { readonly entry: number }): FirnError {
  return new TransientIoError(`entry ${entry} of ${contractName}, which ${table} has still to apply, is gone; ${LEDGER_REMEDY}`, {
    code: 'entry-missing',
    details: { contract: contractName, table, entry },
  });
}

/** A decided descriptor goes when no table that its entry holds something for is behind it (rule "descriptor waits for all"). */
async function retireDescriptors(pass: Pass, staged: ReadonlySet<string>): Promise<void> {
  const { ports, contractName, ledger, tally } = pass;
  const waiting = new Set([...ledger.state.tables.values()].flatMap(({ pending }) => pending));
  const finished = [...ledger.state.decided].filter(([id, n]) => !waiting.has(n) && staged.has(id)).slice(0, LIMITS.retiredDescriptorsMax);
  const { descriptor } = contractPaths(ports.root, contractName);
  await deleteObjects(
    ports,
    finished.map(([id]) => descriptor(id)),
  );
  tally.deleted += finished.length;
}

class Tally {
  entries = 0;
  descriptors = 0;
  deleted = 0;
  covered = 0;
  poisoned = 0;
  counts = NO_COUNTS;
  readonly tables = new Map<string, TableCommit>();

  count(entry: LedgerEntry): void {
    this.entries++;
    if (entry.kind !== 'land') return;
    this.descriptors += entry.descriptors.length;
    for (const { counts } of entry.descriptors) this.counts = addCounts(this.counts, counts);
  }
}

function mergeCommits(before: TableCommit | undefined, now: TableCommit): TableCommit {
  if (!before) return now;
  return {
    ...now,
    snapshots: before.snapshots + now.snapshots,
    addedFiles: before.addedFiles + now.addedFiles,
    addedRows: before.addedRows + now.addedRows,
    rewrittenFiles: before.rewrittenFiles + now.rewrittenFiles,
    conflicts: before.conflicts + now.conflicts,
  };
}

/** What of a contract is parked. */
export function parkedOf(state: LedgerState): ParkedTarget[] {
  const parked: ParkedTarget[] = [];
  for (const { table, parked: why } of state.tables.values()) {
    if (why) parked.push(parkedTarget(state, { table }, why));
  }
  for (const { sourceId, parked: why } of state.sources.values()) {
    if (why) parked.push(parkedTarget(state, { sourceId }, why));
  }
  return parked;
}

function parkedTarget(state: LedgerState, target: { readonly table?: string; readonly sourceId?: string }, why: ParkState): ParkedTarget {
  const { reason, message, entry } = why;
  return { ...target, reason, message, entry, recovery: adviceFor(state.contract, { ...target, reason }) };
}

function resultOf(request: CommitContractRequest, state: LedgerState, tally: Tally): CommitResult {
  return {
    contract: request.contractName,
    entry: state.n,
    entriesCreated: tally.entries,
    descriptorsDecided: tally.descriptors,
    descriptorsDeleted: tally.deleted,
    descriptorsCovered: tally.covered,
    descriptorsPoisoned: tally.poisoned,
    counts: tally.counts,
    tables: [...tally.tables.values()],
    parked: parkedOf(state),
    watermarkMs: watermarkMs(state, request.ports.clock.nowMs()),
    unverified: countUnverified(state),
  };
}
