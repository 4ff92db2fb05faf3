// The table a job of maintenance may touch: known to the ledger, not parked, and still the one the ledger materialises (rules "uuid
// checked", "rollback detected"). Any other is left alone: what is wrong with it is for the committer to say and a person to mend.
import { PROPERTY } from '../../contract/names.ts';
import { identifierOf, type LoadedTable, loadTable } from '../../iceberg/load-table.ts';
import type { TableMetadata } from '../../iceberg/types.ts';
import type { LedgerState } from '../../ledger/state.ts';
import type { Ports } from '../../ports.ts';
import { findLedgerId } from '../ledger-id.ts';
import { loadLedger } from '../load-ledger.ts';
import { checkIdentity } from '../table-identity.ts';

export interface TableOf {
  readonly ports: Ports;
  readonly contractName: string;
  /** `namespace.name`. */
  readonly table: string;
}

export type OurTable =
  | { readonly kind: 'ours'; readonly loaded: LoadedTable; readonly state: LedgerState }
  /** Why it is left alone. */
  | { readonly kind: 'left'; readonly reason: string };

/** The table as it is now. Cost: the ledger, its id, the table's metadata; manifests only where the history was cut. */
export async function findOurTable(request: TableOf): Promise<OurTable> {
  const { state } = await loadLedger(request);
  const loaded = await loadTable(request.ports, identifierOf(request.table));
  if (!loaded) return { kind: 'left', reason: 'the catalog does not know it' };
  const reason = await whyLeftAlone(request, { state, metadata: loaded.metadata });
  return reason === undefined ? { kind: 'ours', loaded, state } : { kind: 'left', reason };
}

/** Why a table in this state is left alone; undefined where it is ours. */
export async function whyLeftAlone(
  { ports, contractName, table: key }: TableOf,
  { state, metadata }: { readonly state: LedgerState; readonly metadata: TableMetadata },
): Promise<string | undefined> {
  const table = state.tables.get(key);
  if (!table) return `the ledger of ${contractName} has nothing for it`;
  if (table.parked) return `it is parked: ${table.parked.reason}`;
  // Until it is reached, nobody but apply may say from which snapshot an adopted table goes on.
  if (table.adopt && (Number(metadata.properties[PROPERTY.applied]) || 0) < table.adopt.entry) return 'it waits for its adoption';
  const ledgerId = (await findLedgerId(ports, contractName)) ?? '';
  const identity = await checkIdentity({ ports, contractName, ledgerId, entry: state.n, table, metadata });
  return identity.kind === 'ours' ? undefined : identity.message;
}
