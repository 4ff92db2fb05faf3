// Ledger states for tests, made as the ledger makes them: entry after entry through the fold.
import type { DecidedDescriptor, EntryDraft, LedgerEntry } from '../../../src/ledger/entries.ts';
import { foldEntry } from '../../../src/ledger/fold.ts';
import { emptyState, type LedgerState } from '../../../src/ledger/state.ts';
import { trimDescriptor } from '../../../src/ledger/trim.ts';
import { makeDescriptor, type SampleDelivery } from './samples.ts';

export const CONTRACT = 'game.events';

/** Folds the next entry: number n, id `en`, at n seconds. */
export function addEntry(state: LedgerState, draft: EntryDraft): LedgerState {
  const n = state.n + 1;
  foldEntry(state, { version: 1, n, id: `e${n}`, atMs: n * 1000, contract: CONTRACT, ...draft } as LedgerEntry);
  return state;
}

/** What the next entry would say of a delivery; throws when it would not land. */
export function decidedOf(state: LedgerState, deliveries: readonly SampleDelivery[], id = `d${state.n + 1}`): DecidedDescriptor {
  const result = trimDescriptor(state, makeDescriptor(id, deliveries));
  if (result.kind !== 'kept') throw new Error(`expected kept, got ${result.kind}`);
  return result.decided;
}

/** A state in which each delivery landed with an entry of its own. */
export function landedState(...deliveries: readonly SampleDelivery[]): LedgerState {
  const state = emptyState(CONTRACT);
  for (const delivery of deliveries) addEntry(state, { kind: 'land', descriptors: [decidedOf(state, [delivery])] });
  return state;
}
