// Reads a contract's ledger: the newest checkpoint and every entry after it, folded in order (DESIGN §5.2). A gap in the numbers
// means that the reader was slower than the collection of old entries: it reads again (rule "gap means reload"). Reads only.
import { LIMITS } from '../contract/limits.ts';
import { contractPaths } from '../contract/names.ts';
import { TransientIoError } from '../errors.ts';
import { parseCheckpoint } from '../ledger/checkpoint-codec.ts';
import type { LedgerEntry } from '../ledger/entries.ts';
import { parseEntry } from '../ledger/entry-codec.ts';
import { foldEntry } from '../ledger/fold.ts';
import { cloneState, emptyState, type LedgerState } from '../ledger/state.ts';
import type { FileStat, FileStore, Ports, Uri } from '../ports.ts';
import { contentKey, rememberedContents } from './remember-contents.ts';

export interface LoadedLedger {
  /** The fold of everything; the caller may fold on. */
  readonly state: LedgerState;
  /** Entries read so far, by number: those after the checkpoint. `loadEntry` reads older ones. */
  readonly entries: Map<number, LedgerEntry>;
  /** The checkpoint the state began with; 0 without one. */
  readonly checkpoint: number;
}

export interface LedgerRequest {
  readonly ports: Ports;
  readonly contractName: string;
}

/**
 * The ledger as it is now. Cost: two listings at once, one checkpoint the first time, and the entries after it that this process has not read
 * before. What exists is always listed afresh; only contents, which never change, are remembered.
 */
export async function loadLedger(request: LedgerRequest): Promise<LoadedLedger> {
  for (let attempt = 1; attempt <= LIMITS.ledgerLoadAttemptsMax; attempt++) {
    const loaded = await tryLoad(request);
    if (loaded) return loaded;
  }
  throw new TransientIoError(
    `ledger of ${request.contractName}: its numbers had a gap in ${LIMITS.ledgerLoadAttemptsMax} readings; try again, and if it stays, restore the missing entries, or make it anew with firn recover plan --kind ledger`,
    { code: 'ledger-gap', details: { contract: request.contractName } },
  );
}

/** One entry by number: from what was read before, else from the store; undefined when it is not there (any more). */
export async function loadEntry(request: LedgerRequest, ledger: LoadedLedger, n: number): Promise<LedgerEntry | undefined> {
  const known = ledger.entries.get(n);
  if (known) return known;
  const bytes = await request.ports.files.read(contractPaths(request.ports.root, request.contractName).entry(n));
  if (!bytes) return undefined;
  const entry = parseEntry(bytes, n);
  ledger.entries.set(n, entry);
  return entry;
}

/** The number of a ledger entry or checkpoint by its URI; undefined for any other object. */
export function numberOf(uri: string): number | undefined {
  const match = /\/(\d{20})\.json\.zst$/.exec(uri);
  return match ? Number(match[1]) : undefined;
}

async function tryLoad({ ports, contractName }: LedgerRequest): Promise<LoadedLedger | undefined> {
  const paths = contractPaths(ports.root, contractName);
  // A checkpoint that this process has seen is never the newest but one: what follows an older one is listed, and passed over.
  const known = checkpointsRead(ports.files).get(paths.checkpoints)?.n ?? 0;
  const [newest, listed] = await Promise.all([newestOf(ports.files, paths.checkpoints), listEntries(ports.files, paths, known)]);
  const checkpoint = newest ? numberOf(newest.uri)! : 0;
  // Collected, or taken back by a restored ledger, since this process read it: from the beginning.
  const stats = checkpoint < known ? await listEntries(ports.files, paths, checkpoint) : listed;
  const state = newest ? await readCheckpoint(ports.files, paths.checkpoints, newest) : emptyState(contractName);
  if (!state) return undefined;
  const after = stats.filter(({ n }) => n > checkpoint);
  if (after.some(({ n }, i) => n !== checkpoint + 1 + i)) return undefined;
  const entries = await readEntries(ports.files, after);
  if (!entries) return undefined;
  for (const { n } of after) foldEntry(state, entries.get(n)!);
  return { state, entries, checkpoint };
}

async function newestOf(files: FileStore, checkpoints: Uri): Promise<FileStat | undefined> {
  let newest: FileStat | undefined;
  for await (const stat of files.list(checkpoints)) if (numberOf(stat.uri) !== undefined) newest = stat;
  return newest;
}

interface EntryStat extends FileStat {
  readonly n: number;
}

async function listEntries(files: FileStore, paths: ReturnType<typeof contractPaths>, after: number): Promise<readonly EntryStat[]> {
  const stats: EntryStat[] = [];
  for await (const stat of files.list(paths.ledger, { startAfter: paths.entry(after) })) {
    const n = numberOf(stat.uri);
    if (n !== undefined) stats.push({ ...stat, n });
  }
  return stats;
}

/** A checkpoint never changes: what a process has parsed it folds on from, so a commit a second does not parse the same state again. */
async function readCheckpoint(files: FileStore, folder: Uri, stat: FileStat): Promise<LedgerState | undefined> {
  const n = numberOf(stat.uri)!;
  const key = contentKey(stat);
  const kept = checkpointsRead(files);
  const known = kept.get(folder);
  if (known?.key === key) return cloneState(known.state);
  const bytes = await files.read(stat.uri);
  if (!bytes) return undefined;
  const state = parseCheckpoint(bytes, n);
  kept.set(folder, { key, n, state });
  return cloneState(state);
}

interface ParsedCheckpoint {
  readonly key: string;
  readonly n: number;
  readonly state: LedgerState;
}

/** The newest checkpoint of each contract, by store. */
const parsed = new WeakMap<FileStore, Map<Uri, ParsedCheckpoint>>();

function checkpointsRead(files: FileStore): Map<Uri, ParsedCheckpoint> {
  const known = parsed.get(files) ?? new Map<Uri, ParsedCheckpoint>();
  parsed.set(files, known);
  return known;
}

async function readEntries(files: FileStore, stats: readonly EntryStat[]): Promise<Map<number, LedgerEntry> | undefined> {
  const entries = new Map<number, LedgerEntry>();
  const remembered = rememberedContents(files);
  for (let at = 0; at < stats.length; at += LIMITS.ledgerReadsParallel) {
    const wanted = stats.slice(at, at + LIMITS.ledgerReadsParallel);
    const read = await Promise.all(wanted.map((stat) => remembered.read(stat)));
    for (const [i, bytes] of read.entries()) {
      const { n } = wanted[i]!;
      if (!bytes) return undefined;
      entries.set(n, parseEntry(bytes, n));
    }
  }
  return entries;
}
