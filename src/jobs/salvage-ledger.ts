// What is left of a ledger of which objects are gone or unreadable: the newest checkpoint that can be read and every entry after it that can
// be folded, gaps or not. Entries behind a gap still say what they cover; one that builds on what is gone is left out and named. Reads
// only; where nothing is left the state is empty.
import { contractPaths } from '../contract/names.ts';
import { InputRefusedError, InvariantError } from '../errors.ts';
import { parseCheckpoint } from '../ledger/checkpoint-codec.ts';
import type { LedgerEntry } from '../ledger/entries.ts';
import { parseEntry } from '../ledger/entry-codec.ts';
import { foldEntry } from '../ledger/fold.ts';
import { cloneState, emptyState, type LedgerState } from '../ledger/state.ts';
import { restoreWhatIsLeft } from './class-segments.ts';
import { type LedgerRequest, numberOf } from './load-ledger.ts';

export interface SalvagedLedger {
  readonly state: LedgerState;
  /** By number: entries after the checkpoint that could be folded, and older ones that a table has still to apply. */
  readonly entries: ReadonlyMap<number, LedgerEntry>;
  /** Numbers up to the last one seen whose entries are gone or cannot be read, after the checkpoint. */
  readonly lost: readonly number[];
  /** The largest number that any object of it has. */
  readonly last: number;
}

/** Cost: two listings, the checkpoints from the newest until one can be read, every entry after it or still open. */
export async function salvageLedger(request: LedgerRequest): Promise<SalvagedLedger> {
  const paths = contractPaths(request.ports.root, request.contractName);
  const checkpoints = await numbersUnder(request, paths.checkpoints);
  const numbers = await numbersUnder(request, paths.ledger);
  let state = await newestCheckpoint(request, checkpoints);
  const entries = await readWaiting(request, state, numbers);
  const lost: number[] = [];
  for (const n of numbers.filter((one) => one > state.n)) {
    for (let missing = state.n + 1; missing < n; missing++) lost.push(missing);
    const entry = await readEntry(request, n);
    const folded = entry && tryFold({ ...state, n: n - 1 }, entry);
    if (entry && folded) entries.set(n, entry);
    else lost.push(n);
    state = folded ?? { ...state, n };
  }
  // Where a segment is gone, offsets of it are covered no more: rows of tables, or Kafka, tell what they were.
  await restoreWhatIsLeft(request, state);
  return { state, entries, lost, last: Math.max(0, ...checkpoints.slice(-1), ...numbers.slice(-1)) };
}

/** Entries before the checkpoint stay until every table has applied them: those are open, not gone. */
async function readWaiting(request: LedgerRequest, state: LedgerState, numbers: readonly number[]): Promise<Map<number, LedgerEntry>> {
  const waiting = new Set([...state.tables.values()].flatMap(({ pending }) => pending));
  const entries = new Map<number, LedgerEntry>();
  for (const n of numbers.filter((one) => one <= state.n && waiting.has(one))) {
    const entry = await readEntry(request, n);
    if (entry) entries.set(n, entry);
  }
  return entries;
}

async function numbersUnder({ ports }: LedgerRequest, prefix: string): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { uri } of ports.files.list(prefix)) {
    const n = numberOf(uri);
    if (n !== undefined) numbers.push(n);
  }
  return numbers;
}

async function newestCheckpoint({ ports, contractName }: LedgerRequest, numbers: readonly number[]): Promise<LedgerState> {
  for (const n of numbers.toReversed()) {
    const bytes = await ports.files.read(contractPaths(ports.root, contractName).checkpoint(n));
    const state = bytes && legible(() => parseCheckpoint(bytes, n));
    if (state) return state;
  }
  return emptyState(contractName);
}

async function readEntry({ ports, contractName }: LedgerRequest, n: number): Promise<LedgerEntry | undefined> {
  const bytes = await ports.files.read(contractPaths(ports.root, contractName).entry(n));
  return bytes && legible(() => parseEntry(bytes, n));
}

/** Folded into a copy: an entry that builds on one that is gone breaks an invariant half way. */
function tryFold(state: LedgerState, entry: LedgerEntry): LedgerState | undefined {
  const copy = cloneState(state);
  try {
    foldEntry(copy, entry);
    return copy;
  } catch (error) {
    if (error instanceof InvariantError) return undefined;
    throw error;
  }
}

function legible<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof InputRefusedError) return undefined;
    throw error;
  }
}
