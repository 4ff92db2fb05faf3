// What a ledger entry does to one table, whatever its kind (DESIGN §5.2, §6, §7): rows its files bring, offsets whose rows leave, and
// whether the table begins anew with it. Pure. `apply` works from this alone, so a kind is described in one place:
//   land                the files of its descriptors
//   redrive             files for the tables the rows move to; their offsets leave the quarantine
//   replay, replace     files; every offset it names leaves first, wherever it was
//   erase               offsets leave
//   unpark              the files of a rebuild; else nothing, and its commit moves the tag to a state that goes on
//   source, absent, park touch no table.

import { LIMITS } from '../contract/limits.ts';
import { isQuarantineTable } from '../ledger/descriptor-codec.ts';
import type { DecidedFile, DecidedTable, LedgerEntry, ReclassEntry, SourceRanges } from '../ledger/entries.ts';
import { countOffsets } from '../ledger/ranges.ts';
import { addCounts, countsOfDecided, deliveredOf, NO_COUNTS } from '../ledger/state.ts';
import { keptOffsets } from '../ledger/trim.ts';

export interface EntryEffect {
  readonly n: number;
  /** The table is emptied first and begins with this entry. */
  readonly isReset: boolean;
  /** Files to add; `createdAtMs` says how old they are. */
  readonly bring: readonly { readonly table: DecidedTable; readonly createdAtMs: number }[];
  /** Offsets whose rows leave the table before the files come. */
  readonly leave: readonly SourceRanges[];
  /** Of `leave`: offsets that the ledger has in this table or nowhere; rows that are gone must not come back (rule "replace keeps deletes"). */
  readonly keepsGone: { readonly gone: readonly SourceRanges[] } | undefined;
  /** Rows the entry brings into the table. */
  readonly rows: number;
  readonly filtered: number;
  readonly absent: number;
  readonly contractVersion: string | undefined;
}

/** All files that an effect adds. */
export function filesOf({ bring }: Pick<EntryEffect, 'bring'>): DecidedFile[] {
  return bring.flatMap(({ table }) => table.files);
}

/** The effect of an entry on a table, by key. */
export function effectOf(entry: LedgerEntry, table: string): EntryEffect {
  const none = {
    n: entry.n,
    isReset: false,
    bring: [],
    leave: [],
    keepsGone: undefined,
    filtered: 0,
    absent: 0,
    contractVersion: undefined,
  };
  switch (entry.kind) {
    case 'land': {
      const { descriptors } = entry;
      const bring = descriptors.flatMap(({ tables, createdAtMs }) => bringOf(tables, table, createdAtMs));
      const { filtered, absent } = descriptors.reduce((sum, { counts }) => addCounts(sum, counts), NO_COUNTS);
      return { ...none, bring, rows: rowsOf(bring), filtered, absent, contractVersion: descriptors.at(-1)?.contractVersion };
    }
    case 'redrive':
    case 'replay':
    case 'replace': {
      const bring = bringOf(entry.tables, table, entry.atMs);
      const { filtered, absent } = countsOfDecided(entry.sources);
      const keepsGone = entry.kind === 'replace' ? { gone: entry.gone } : undefined;
      return { ...none, bring, leave: leavingOf(entry, table), keepsGone, rows: rowsOf(bring), filtered, absent };
    }
    case 'erase':
      return { ...none, leave: entry.removed.filter((one) => one.table === table), rows: 0 };
    case 'unpark': {
      // Files of another table's making may be gone: they are looked up before they are committed.
      const bring = bringOf(entry.tables, table, entry.atMs - LIMITS.fileCheckAgeMs);
      return { ...none, isReset: entry.reset === true, bring, rows: rowsOf(bring) };
    }
    case 'source':
    case 'absent':
    case 'park':
      return { ...none, rows: 0 };
  }
}

/** Every data file an entry names, of any table: what no sweep may take while a table has still to apply it. */
export function filesNamedBy(entry: LedgerEntry): string[] {
  const of = (tables: readonly DecidedTable[]) => tables.flatMap(({ files }) => files.map(({ path }) => path));
  switch (entry.kind) {
    case 'land':
      return entry.descriptors.flatMap(({ tables }) => of(tables));
    case 'redrive':
    case 'replay':
    case 'replace':
      return of(entry.tables);
    case 'unpark':
      return [...of(entry.tables), ...Object.values(entry.instead).filter((path) => path !== '')];
    case 'erase':
    case 'source':
    case 'absent':
    case 'park':
      return [];
  }
}

function bringOf(tables: readonly DecidedTable[], table: string, createdAtMs: number): EntryEffect['bring'] {
  return tables.filter((one) => one.table === table).map((one) => ({ table: one, createdAtMs }));
}

/** A redrive's offsets are in the quarantine and nowhere else, so no other table is searched for them. */
function leavingOf(entry: ReclassEntry, table: string): readonly SourceRanges[] {
  if (entry.kind === 'redrive' && !isQuarantineTable(table)) return [];
  return entry.sources.flatMap(({ sourceId, partitions }) =>
    partitions.map((classes) => ({ sourceId, partition: classes.partition, ranges: deliveredOf(classes) })),
  );
}

function rowsOf(bring: EntryEffect['bring']): number {
  return bring
    .flatMap(({ table }) => table.files)
    .reduce((sum, file) => sum + countOffsets(keptOffsets(file).flatMap(({ ranges }) => ranges)), 0);
}
