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
import type { FileStat, FileStore, Ports } from '../ports.ts';

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

/** The ledger as it is now. Cost: two listings, one checkpoint the first time, at most LIMITS.checkpointEveryEntries entries or so. */
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
  let newest: FileStat | undefined;
  for await (const stat of ports.files.list(paths.checkpoints)) if (numberOf(stat.uri) !== undefined) newest = stat;
  const checkpoint = newest ? numberOf(newest.uri)! : 0;
  const state = newest ? await readCheckpoint(ports.files, newest) : emptyState(contractName);
  if (!state) return undefined;
  const numbers: number[] = [];
  for await (const { uri } of ports.files.list(paths.ledger, { startAfter: paths.entry(checkpoint) })) {
    const n = numberOf(uri);
    if (n !== undefined) numbers.push(n);
  }
  if (numbers.some((n, i) => n !== checkpoint + 1 + i)) return undefined;
  const entries = await readEntries({ ports, contractName }, numbers);
  if (!entries) return undefined;
  for (const n of numbers) foldEntry(state, entries.get(n)!);
  return { state, entries, checkpoint };
}

/** A checkpoint never changes: what a process has parsed it folds on from, so a commit a second does not parse the same state again. */
async function readCheckpoint(files: FileStore, { uri, sizeBytes, lastModifiedMs }: FileStat): Promise<LedgerState | undefined> {
  const folder = uri.slice(0, uri.lastIndexOf('/'));
  const key = `${uri} ${sizeBytes} ${lastModifiedMs}`;
  const kept = parsed.get(files) ?? new Map<string, ParsedCheckpoint>();
  parsed.set(files, kept);
  const known = kept.get(folder);
  if (known?.key === key) return cloneState(known.state);
  const bytes = await files.read(uri);
  if (!bytes) return undefined;
  const state = parseCheckpoint(bytes, numberOf(uri)!);
  kept.set(folder, { key, state });
  return cloneState(state);
}

interface ParsedCheckpoint {
  readonly key: string;
  readonly state: LedgerState;
}

/** The newest checkpoint of each contract, by store. */
const parsed = new WeakMap<FileStore, Map<string, ParsedCheckpoint>>();

async function readEntries(
  { ports, contractName }: LedgerRequest,
  numbers: readonly number[],
): Promise<Map<number, LedgerEntry> | undefined> {
  const paths = contractPaths(ports.root, contractName);
  const entries = new Map<number, LedgerEntry>();
  for (let at = 0; at < numbers.length; at += LIMITS.ledgerReadsParallel) {
    const wanted = numbers.slice(at, at + LIMITS.ledgerReadsParallel);
    const read = await Promise.all(wanted.map((n) => ports.files.read(paths.entry(n))));
    for (const [i, bytes] of read.entries()) {
      if (!bytes) return undefined;
      entries.set(wanted[i]!, parseEntry(bytes, wanted[i]!));
    }
  }
  return entries;
}
