// The fold of entries that stop a table or a source and let it go on, and of what waits for a table (DESIGN §5.2, §7).
import { assertInvariant } from '../errors.ts';
import { type LedgerEntry, RECOVERED_WITHOUT } from './entries.ts';
import { newerGenerations } from './generations.ts';
import { type LedgerState, type ParkState, tableOf } from './state.ts';

/** Stops a table or a source. */
export function foldPark(state: LedgerState, entry: Extract<LedgerEntry, { kind: 'park' }>): void {
  const parked: ParkState = { entry: entry.n, reason: entry.reason, message: entry.message };
  if ('table' in entry.target) {
    tableOf(state, entry.target.table).parked = parked;
    return;
  }
  const source = state.sources.get(entry.target.sourceId);
  assertInvariant(source, 'a parked source is known', { sourceId: entry.target.sourceId });
  source.parked = parked;
}

/** Lets it go on, from the state the entry names. */
export function foldUnpark(state: LedgerState, entry: Extract<LedgerEntry, { kind: 'unpark' }>): void {
  if (!('table' in entry.target)) {
    const source = state.sources.get(entry.target.sourceId);
    assertInvariant(source, 'an unparked source is known', { sourceId: entry.target.sourceId });
    // Who lets an unmapped generation go on says that all of it is new.
    if (source.parked?.reason === 'generation-unmapped') {
      source.isMapped = true;
      const newest = newerGenerations(state, source.sourceId).at(-1)?.sourceId;
      source.besides = newest === undefined ? undefined : { newest };
    }
    source.parked = undefined;
    source.observed = { ...source.observed, ...entry.observed };
    return;
  }
  const table = tableOf(state, entry.target.table);
  table.parked = undefined;
  if (entry.tableUuid) table.uuid = entry.tableUuid;
  if (entry.reset) {
    table.pending = [];
    table.floor = 0;
  }
  if (entry.adopt) {
    table.adopt = { ...entry.adopt, entry: entry.n };
    table.pending = [...new Set([...(entry.again ?? []), ...table.pending])].sort((a, b) => a - b);
    table.floor = entry.adopt.applied;
  }
  table.instead = { ...table.instead, ...entry.instead };
  if (entry.gone && entry.gone.length > 0) {
    table.removed = { ...table.removed, [RECOVERED_WITHOUT]: [...(table.removed[RECOVERED_WITHOUT] ?? []), ...entry.gone] };
  }
  hold(state, entry.n, entry.holds);
}

/** Notes for each table that the entry holds something for it (rule "entries wait for tables" rests on this). */
export function hold(state: LedgerState, n: number, tables: readonly string[]): void {
  for (const key of tables) {
    const target = tableOf(state, key);
    if (target.pending.at(-1) !== n) target.pending = [...target.pending, n];
  }
}
