// Keeps the ledger short: a checkpoint every so many entries, and the collection of entries it has long covered (DESIGN §5.2).
// An entry goes only when a checkpoint covering it has existed for the history period, counted from the checkpoint (rules "history
// period", "history counts from the checkpoint"), and every table it holds something for, parked ones included, is known to have
// applied it (rule "entries wait for tables"). So a committer that slept meanwhile still finds every name it could create taken. What
// tables need is said by the state at hand, so that nothing after its last entry is collected: after a sleep there may be checkpoints
// that cover entries it has never seen.
import { LIMITS } from '../contract/limits.ts';
import { contractPaths } from '../contract/names.ts';
import { archiveClasses } from '../ledger/archive.ts';
import { encodeCheckpoint } from '../ledger/checkpoint-codec.ts';
import type { LedgerState } from '../ledger/state.ts';
import type { FileStat, Ports, Uri } from '../ports.ts';
import type { Deadline } from './deadline.ts';
import { deleteObjects } from './delete-objects.ts';
import { numberOf } from './load-ledger.ts';

export interface CheckpointRequest {
  readonly ports: Ports;
  readonly contractName: string;
  /** The fold of created entries, nothing else (rule "checkpoint from own fold"). */
  readonly state: LedgerState;
  /** The newest checkpoint known. */
  readonly checkpoint: number;
  /** Ids of everything staged now: a decided descriptor that is not among them has been deleted. */
  readonly staged: ReadonlySet<string>;
  readonly deadline: Deadline;
}

/** Writes a checkpoint and collects, if it is time. Cost: nothing between checkpoints. */
export async function checkpointLedger(request: CheckpointRequest): Promise<{ readonly written: boolean; readonly collected: number }> {
  const { ports, contractName, state, deadline } = request;
  if (state.n - request.checkpoint < LIMITS.checkpointEveryEntries) return { written: false, collected: 0 };
  const decided = new Map([...state.decided].filter(([id]) => request.staged.has(id)));
  const bytes = encodeCheckpoint(await withoutOldClasses(request, { ...state, decided }));
  deadline.check(`checkpoint ${state.n}`);
  // Another's checkpoint of the same number says the same, and one that is not there costs only time: any outcome is fine.
  await ports.files.create(contractPaths(ports.root, contractName).checkpoint(state.n), bytes);
  return { written: true, collected: await collect(request) };
}

/**
 * Once classes are many, those of old offsets go to a segment, which exists before any checkpoint names it. Where nobody can tell whether it
 * does, the checkpoint holds them itself. The state at hand stays as it is: another's checkpoint may be the one that counts.
 */
async function withoutOldClasses({ ports, contractName, deadline }: CheckpointRequest, state: LedgerState): Promise<LedgerState> {
  const partitions = [...state.sources.values()].reduce((sum, source) => sum + source.partitions.size, 0);
  const rangesMax = LIMITS.classRangesMax;
  const kept = Math.max(1, Math.min(LIMITS.classRangesKept, Math.floor(rangesMax / 2 / Math.max(1, partitions))));
  const name = `${String(state.n).padStart(20, '0')}-${ports.ids.uuid()}`;
  const archived = archiveClasses(state, { rangesMax, kept, name });
  if (!archived) return state;
  deadline.check(`segment of checkpoint ${state.n}`);
  const outcome = await ports.files.create(contractPaths(ports.root, contractName).segment(name), archived.bytes);
  return outcome === 'created' ? archived.state : state;
}

async function collect({ ports, contractName, state }: CheckpointRequest): Promise<number> {
  const paths = contractPaths(ports.root, contractName);
  const checkpoints: FileStat[] = [];
  for await (const stat of ports.files.list(paths.checkpoints)) if (numberOf(stat.uri) !== undefined) checkpoints.push(stat);
  const now = ports.clock.nowMs();
  const old = checkpoints.filter(({ lastModifiedMs }) => now - lastModifiedMs > LIMITS.ledgerHistoryMs).at(-1);
  const covered = old ? Math.min(numberOf(old.uri)!, state.n) : 0;
  const held = new Set([...state.tables.values()].flatMap(({ pending }) => pending));
  const collected: Uri[] = [];
  for await (const { uri } of ports.files.list(paths.ledger)) {
    const n = numberOf(uri);
    if (n === undefined) continue;
    if (n > covered || collected.length >= LIMITS.collectedEntriesMax) break;
    if (!held.has(n)) collected.push(uri);
  }
  await deleteObjects(ports, collected);
  await thin(ports, checkpoints, covered);
  return collected.length;
}

/** Of checkpoints, the newest few stay, one per hour of the history, and the newest that is older than it: proof of age for collection. */
async function thin(ports: Ports, checkpoints: readonly FileStat[], covered: number): Promise<void> {
  const older = checkpoints.slice(0, -LIMITS.checkpointsKept);
  let lastHour = -1;
  for (const { uri, lastModifiedMs } of older) {
    const n = numberOf(uri)!;
    const hour = Math.floor(lastModifiedMs / LIMITS.checkpointThinningMs);
    const isKept = n >= covered && (n === covered || hour !== lastHour);
    if (isKept) lastHour = hour;
    else await ports.files.delete(uri);
  }
}
