// Reads a contract's ledger: the newest checkpoint and every entry after it, folded in order (DESIGN §5.2). A gap in the numbers
// means that the reader was slower than the collection of old entries: it reads again (rule "gap means reload"). Reads only.
import { LIMITS } from '../contract/limits.ts';
import { contractPaths } from '../contract/names.ts';
import { InputRefusedError, TransientIoError } from '../errors.ts';
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
  const { ports, contractName } = request;
  let missing: Uri | undefined;
  for (let attempt = 1; attempt <= LIMITS.ledgerLoadAttemptsMax; attempt++) {
    const loaded = await tryLoad(request);
    if (typeof loaded !== 'string') return loaded;
    missing = loaded;
  }
  throw new TransientIoError(
    `ledger of ${contractName}: its numbers had a gap in ${LIMITS.ledgerLoadAttemptsMax} readings, ${pathOf(ports, missing!)} is not there; try again, and if it stays so, ${LEDGER_REMEDY}`,
    { code: 'ledger-gap', details: { contract: contractName, uri: missing! } },
  );
}

/** What a person does about an object of a ledger that is gone or garbled. */
export const LEDGER_REMEDY = 'restore it from a copy, or make the ledger anew with firn recover plan --kind ledger';

/** An object of a ledger as its codec reads it. Throws InputRefusedError with the object's path and the remedy where it cannot. */
export function parseObject<T>({ ports, contractName }: LedgerRequest, uri: Uri, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    // What a newer version wrote is no damage: its own message says what to do.
    if (!(error instanceof InputRefusedError) || error.code !== 'ledger-object-malformed') throw error;
    throw new InputRefusedError(
      `ledger of ${contractName}: ${error.message} · in ${pathOf(ports, uri)}: if a newer version wrote it, read it with that; else ${LEDGER_REMEDY}`,
      {
        code: error.code,
        details: { ...error.details, contract: contractName, uri },
        cause: error,
      },
    );
  }
}

/** An object below the warehouse, as messages name it. */
export function pathOf({ root }: Pick<Ports, 'root'>, uri: Uri): string {
  return uri.startsWith(`${root}/`) ? uri.slice(root.length + 1) : uri;
}

/** One entry by number: from what was read before, else from the store; undefined when it is not there (any more). */
export async function loadEntry(request: LedgerRequest, ledger: LoadedLedger, n: number): Promise<LedgerEntry | undefined> {
  const known = ledger.entries.get(n);
  if (known) return known;
  const uri = contractPaths(request.ports.root, request.contractName).entry(n);
  const bytes = await request.ports.files.read(uri);
  if (!bytes) return undefined;
  const entry = parseObject(request, uri, () => parseEntry(bytes, n));
  ledger.entries.set(n, entry);
  return entry;
}

/** The number of a ledger entry or checkpoint by its URI; undefined for any other object. */
export function numberOf(uri: string): number | undefined {
  const match = /\/(\d{20})\.json\.zst$/.exec(uri);
  return match ? Number(match[1]) : undefined;
}

/** The ledger, or the object that is not there: collected since it was listed, or lost. */
async function tryLoad(request: LedgerRequest): Promise<LoadedLedger | Uri> {
  const { ports, contractName } = request;
  const paths = contractPaths(ports.root, contractName);
  // A checkpoint that this process has seen is never the newest but one: what follows an older one is listed, and passed over.
  const known = checkpointsRead(ports.files).get(paths.checkpoints)?.n ?? 0;
  const [newest, listed] = await Promise.all([newestOf(ports.files, paths.checkpoints), listEntries(ports.files, paths, known)]);
  const checkpoint = newest ? numberOf(newest.uri)! : 0;
  // Collected, or taken back by a restored ledger, since this process read it: from the beginning.
  const stats = checkpoint < known ? await listEntries(ports.files, paths, checkpoint) : listed;
  const state = newest ? await readCheckpoint(request, newest) : emptyState(contractName);
  if (!state) return newest!.uri;
  const after = stats.filter(({ n }) => n > checkpoint);
  const gap = after.findIndex(({ n }, i) => n !== checkpoint + 1 + i);
  if (gap !== -1) return paths.entry(checkpoint + 1 + gap);
  const entries = await readEntries(request, after);
  if (!(entries instanceof Map)) return entries;
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
async function readCheckpoint(request: LedgerRequest, stat: FileStat): Promise<LedgerState | undefined> {
  const { files } = request.ports;
  const folder = contractPaths(request.ports.root, request.contractName).checkpoints;
  const n = numberOf(stat.uri)!;
  const key = contentKey(stat);
  const kept = checkpointsRead(files);
  const known = kept.get(folder);
  if (known?.key === key) return cloneState(known.state);
  const bytes = await files.read(stat.uri);
  if (!bytes) return undefined;
  const state = parseObject(request, stat.uri, () => parseCheckpoint(bytes, n));
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

/** The entries, or the one that is not there any more. */
async function readEntries(request: LedgerRequest, stats: readonly EntryStat[]): Promise<Map<number, LedgerEntry> | Uri> {
  const entries = new Map<number, LedgerEntry>();
  const remembered = rememberedContents(request.ports.files);
  for (let at = 0; at < stats.length; at += LIMITS.ledgerReadsParallel) {
    const wanted = stats.slice(at, at + LIMITS.ledgerReadsParallel);
    const read = await Promise.all(wanted.map((stat) => remembered.read(stat)));
    for (const [i, bytes] of read.entries()) {
      const { n, uri } = wanted[i]!;
      if (!bytes) return uri;
      entries.set(
        n,
        parseObject(request, uri, () => parseEntry(bytes, n)),
      );
    }
  }
  return entries;
}
