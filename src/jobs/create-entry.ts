// Creates the next entry of a ledger, if absent (DESIGN §6): the one step that decides. The number follows the state the draft was
// made from (rule "trim against the ledger read"). A name that is taken is never our success unless the entry there carries our
// id (rule "412 reads the id"); after an unknown outcome the ledger is read again, so nothing stays ambiguous.
import { LIMITS } from '../contract/limits.ts';
import { contractPaths } from '../contract/names.ts';
import { CommitStateUnknownError, TransientIoError } from '../errors.ts';
import { jitteredMs } from '../iceberg/jitter.ts';
import type { EntryDraft, LedgerEntry } from '../ledger/entries.ts';
import { encodeEntry, parseEntry } from '../ledger/entry-codec.ts';
import type { CreateOutcome, Ports } from '../ports.ts';
import type { Deadline } from './deadline.ts';
import { parseObject } from './load-ledger.ts';
import { pause } from './pause.ts';

export interface CreateEntryRequest {
  readonly ports: Ports;
  readonly contractName: string;
  /** The last entry of the ledger the draft was made from. */
  readonly after: number;
  readonly draft: EntryDraft;
  readonly deadline: Deadline;
}

/**
 * Our entry, created; undefined when another took its number: read the ledger again. Throws CommitStateUnknownError or DeadlineError, and
 * InputRefusedError where what has its number cannot be read as an entry: it stays as it is, and nothing is created beside it.
 */
export async function createEntry(request: CreateEntryRequest): Promise<LedgerEntry | undefined> {
  const { ports, contractName, after, draft, deadline } = request;
  const base = { version: 1, n: after + 1, id: ports.ids.uuid(), atMs: ports.clock.nowMs(), contract: contractName } as const;
  const entry = { ...base, ...draft } as LedgerEntry;
  const uri = contractPaths(ports.root, contractName).entry(entry.n);
  const bytes = encodeEntry(entry);
  for (let attempt = 1; attempt <= LIMITS.ioAttemptsMax; attempt++) {
    deadline.check(`creation of ledger entry ${entry.n}`);
    const outcome = await tryCreate(ports, uri, bytes);
    if (outcome === 'created') return entry;
    const found = await ports.files.read(uri);
    if (found) return parseObject(request, uri, () => parseEntry(found, entry.n)).id === entry.id ? entry : undefined;
    // Taken, and collected before it could be read: the ledger is far beyond this number, which must not be given out twice.
    if (outcome === 'exists') return undefined;
    // rule "unknown entry is retried": under the same number and id, so a late first attempt and this one are the same entry.
    await pause(ports, jitteredMs(ports, { firstMs: LIMITS.conflictPauseMs, attempt }));
  }
  throw new CommitStateUnknownError(
    `ledger entry ${entry.n} of ${contractName}: unknown after ${LIMITS.ioAttemptsMax} attempts whether it was created; nothing is deleted, the next ring reads the ledger`,
    { code: 'entry-unknown', details: { contract: contractName, entry: entry.n, attempts: LIMITS.ioAttemptsMax } },
  );
}

/** A failure known to have had no effect is one more attempt; so is an unknown one. */
async function tryCreate(ports: Ports, uri: string, bytes: Uint8Array): Promise<CreateOutcome> {
  try {
    return await ports.files.create(uri, bytes);
  } catch (error) {
    if (error instanceof TransientIoError) return 'unknown';
    throw error;
  }
}
