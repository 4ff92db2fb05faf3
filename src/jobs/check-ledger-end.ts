// Before a number is given: has a table already applied more than the ledger has? Then entries at the ledger's end were lost (deleted
// by hand, a bucket restored to an earlier day), and a number given now would be taken by the table for one it has applied: its
// rows would never land. Nothing is decided until the entries are back (promises 1 and 2). A table that cannot be read is no
// evidence and stops no other (promise 4): applying it will say what is wrong with it.
import { contractPaths, PROPERTY } from '../contract/names.ts';
import { CommitRefusedError, FirnError } from '../errors.ts';
import { identifierOf, type LoadedTable, loadTable } from '../iceberg/load-table.ts';
import type { Ports } from '../ports.ts';
import { LEDGER_REMEDY, type LoadedLedger, pathOf } from './load-ledger.ts';
import { appliedOf } from './load-together.ts';
import { ledgerReference } from './table-identity.ts';

export interface LedgerEndRequest {
  readonly ports: Ports;
  readonly contractName: string;
  readonly ledgerId: string;
  readonly ledger: LoadedLedger;
  /** Tables to ask, by key. */
  readonly tables: readonly string[];
}

/** `moved`: another committer advanced the ledger meanwhile; read it again. Cost: one catalog request and one read per table, together. */
export async function checkLedgerEnd(request: LedgerEndRequest): Promise<'whole' | 'moved'> {
  const { ports, contractName, ledger } = request;
  const end = ledger.state.n;
  const reached = await Promise.all(request.tables.map((table) => reachedBy(request, table)));
  const ahead = reached.findIndex((applied) => applied > end);
  if (ahead === -1) return 'whole';
  if (await ports.files.stat(contractPaths(ports.root, contractName).entry(end + 1))) return 'moved';
  const [table, applied] = [request.tables[ahead]!, reached[ahead]!];
  throw new CommitRefusedError(
    `ledger of ${contractName} ends at entry ${end}, but ${table} has applied entry ${applied}: entries were lost, the last is ${pathOf(ports, contractPaths(ports.root, contractName).entry(applied))}; ${LEDGER_REMEDY}, nothing is decided until then`,
    { code: 'ledger-behind', details: { contract: contractName, table, entry: end, expected: `entry ${applied}`, got: `entry ${end}` } },
  );
}

/** The entry a table of this ledger says it has applied; 0 for any other table and for one that cannot be read. */
async function reachedBy({ ports, contractName, ledgerId, ledger }: LedgerEndRequest, table: string): Promise<number> {
  const known = ledger.state.tables.get(table)?.uuid;
  let loaded: LoadedTable | undefined;
  try {
    loaded = await loadTable(ports, identifierOf(table));
  } catch (error) {
    if (!(error instanceof FirnError)) throw error;
    return 0;
  }
  if (!loaded || (known !== undefined && loaded.metadata['table-uuid'] !== known)) return 0;
  if (loaded.metadata.properties[PROPERTY.ledger] !== ledgerReference(ports.root, { contractName, ledgerId })) return 0;
  return appliedOf(loaded.metadata) ?? 0;
}
