// Appends one entry of a plan, a resolver or an operator to a ledger: read the ledger, make the draft from it, create it under the
// next number; another's entry in between means that the draft is made again from what the ledger is now. Like the committer it
// gives no number to a ledger that lost its end (check-ledger-end.ts).
import { LIMITS } from '../contract/limits.ts';
import { CommitConflictError, InputRefusedError } from '../errors.ts';
import type { EntryDraft, LedgerEntry } from '../ledger/entries.ts';
import type { Ports } from '../ports.ts';
import { checkLedgerEnd } from './check-ledger-end.ts';
import { createEntry } from './create-entry.ts';
import type { Deadline } from './deadline.ts';
import { findLedgerId } from './ledger-id.ts';
import { type LoadedLedger, loadLedger } from './load-ledger.ts';

export interface AppendEntryRequest {
  readonly ports: Ports;
  readonly contractName: string;
  readonly deadline: Deadline;
  /** The entry that the ledger as it is calls for; undefined when there is nothing to record. May be called again. */
  readonly draft: (ledger: LoadedLedger) => EntryDraft | undefined | Promise<EntryDraft | undefined>;
}

/** The entry, created; undefined when there was nothing to record. Throws CommitConflictError, CommitStateUnknownError, DeadlineError. */
export async function appendEntry(request: AppendEntryRequest): Promise<LedgerEntry | undefined> {
  const { ports, contractName, deadline } = request;
  const ledgerId = await findLedgerId(ports, contractName);
  if (ledgerId === undefined) {
    throw new InputRefusedError(`contract ${contractName} has no ledger: nothing of it has landed in this warehouse`, {
      code: 'no-ledger',
      details: { contract: contractName },
    });
  }
  for (let attempt = 1; attempt <= LIMITS.commitPassesMax; attempt++) {
    const ledger = await loadLedger({ ports, contractName });
    const draft = await request.draft(ledger);
    if (!draft) return undefined;
    const tables = [...ledger.state.tables.keys()];
    if ((await checkLedgerEnd({ ports, contractName, ledgerId, ledger, tables })) === 'moved') continue;
    const entry = await createEntry({ ports, contractName, deadline, draft, after: ledger.state.n });
    if (entry) return entry;
  }
  throw new CommitConflictError(
    `ledger of ${contractName}: others advanced it ${LIMITS.commitPassesMax} times in a row; nothing was recorded, try again`,
    { code: 'ledger-conflict', details: { contract: contractName, attempts: LIMITS.commitPassesMax } },
  );
}
