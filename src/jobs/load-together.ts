// A ledger and its tables as they belong together while commits go on: what an audit compares.

import { LIMITS } from '../contract/limits.ts';
import { PROPERTY } from '../contract/names.ts';
import { identifierOf, loadTable } from '../iceberg/load-table.ts';
import type { TableMetadata } from '../iceberg/types.ts';
import { loadWholeLedger } from './class-segments.ts';
import type { LedgerRequest, LoadedLedger } from './load-ledger.ts';
import { parseApplied } from './table-identity.ts';

/**
 * Ledger and tables that belong together while commits go on: tables are read before the ledger, so no table is ahead of it, and
 * none is behind what the ledger knows it has applied. A table that stays behind was rolled back: it is audited as it is.
 */
export async function loadTogether(
  request: LedgerRequest,
): Promise<{ readonly ledger: LoadedLedger; readonly tables: ReadonlyMap<string, TableMetadata> }> {
  const tables = new Map<string, TableMetadata>();
  let ledger = await loadWholeLedger(request);
  for (let attempt = 1; ; attempt++) {
    const known = new Set(ledger.state.tables.keys());
    for (const table of known) {
      const metadata = (await loadTable(request.ports, identifierOf(table)))?.metadata;
      if (metadata) tables.set(table, metadata);
      else tables.delete(table);
    }
    ledger = await loadWholeLedger(request);
    const isTogether = [...ledger.state.tables.values()].every(
      ({ table, floor }) => known.has(table) && (appliedOf(tables.get(table)) ?? floor) >= floor,
    );
    if (isTogether || attempt >= LIMITS.ledgerLoadAttemptsMax) return { ledger, tables };
  }
}

/** The entry number a table says it has applied. */
export function appliedOf(metadata: TableMetadata | undefined): number | undefined {
  return parseApplied(metadata?.properties[PROPERTY.applied]);
}
