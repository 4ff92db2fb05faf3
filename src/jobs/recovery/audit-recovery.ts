// Verifies a recovery (DESIGN §7: verify = audit): everything landed is committed, no offset is unverified, and the accounts of promise 1
// and the rows themselves agree. Rows are compared while the tables have no more live files than a function can read in its time; beyond,
// the ledger's accounts alone are, and the answer says so.
import { LIMITS } from '../../contract/limits.ts';
import { identifierOf, loadTable } from '../../iceberg/load-table.ts';
import { countUnverified } from '../../ledger/count-unverified.ts';
import type { LedgerState } from '../../ledger/state.ts';
import type { Ports } from '../../ports.ts';
import { auditSources } from '../audit-sources.ts';
import { auditTable } from '../audit-table.ts';
import { loadLedger } from '../load-ledger.ts';
import { listStaged } from '../staged.ts';
import type { RecoveryAudit } from './types.ts';

export interface AuditRecoveryRequest {
  readonly ports: Ports;
  readonly contractName: string;
}

/** Reads only. `open`: offsets are unverified. `unclean`: something is parked, or the accounts do not agree. */
export async function auditRecovery(request: AuditRecoveryRequest): Promise<RecoveryAudit> {
  const staged = (await listStaged(request)).length;
  const { state } = await loadLedger(request);
  const unverified = countUnverified(state);
  const seen = { scope: 'ledger', unverified, staged } as const;
  if (isParked(state)) return { kind: 'unclean', ...seen };
  // A descriptor stays until every table has applied it.
  if (staged > 0) return { kind: 'waiting', ...seen };
  if (unverified > 0) return { kind: 'open', ...seen };
  if ((await liveFiles(request.ports, state)) > LIMITS.recoverAuditFilesMax) {
    return { kind: auditSources(state).every(({ isAccounted }) => isAccounted) ? 'clean' : 'unclean', ...seen };
  }
  const { clean } = await auditTable(request);
  return { kind: clean ? 'clean' : 'unclean', ...seen, scope: 'rows' };
}

function isParked(state: LedgerState): boolean {
  return [...state.tables.values(), ...state.sources.values()].some(({ parked }) => parked !== undefined);
}

/** By the totals that the tables' current snapshots state. */
async function liveFiles(ports: Ports, state: LedgerState): Promise<number> {
  let files = 0;
  for (const table of state.tables.keys()) {
    const metadata = (await loadTable(ports, identifierOf(table)))?.metadata;
    const current = metadata?.snapshots?.find((one) => one['snapshot-id'] === metadata['current-snapshot-id']);
    files += Number(current?.summary?.['total-data-files'] ?? 0);
  }
  return files;
}
