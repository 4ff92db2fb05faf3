// The next entries a table applies in one commit, as effects and data files: in order, up to a bound of entries and of files, so that
// memory is bounded whatever piled up (promise 10). An entry from whose commit rows leave, or with which the table begins anew,
// begins a commit of its own, as it acts on what the entries before it brought. An adopted state (table-identity.ts) is reached in
// one commit: until then the table's own number says nothing.
import { LIMITS } from '../contract/limits.ts';
import type { DataFile, TableMetadata } from '../iceberg/types.ts';
import { entriesToApply, type TableState } from '../ledger/state.ts';
import type { Ports } from '../ports.ts';
import { type EntryEffect, effectOf } from './entry-effect.ts';
import { type LoadedLedger, loadEntry } from './load-ledger.ts';
import { type MaterialiseContext, type Materialised, materialiseFiles } from './materialise-files.ts';

export interface TakeRequest {
  readonly ports: Ports;
  readonly contractName: string;
  readonly ledger: LoadedLedger;
  readonly table: TableState;
  /** The entry the table has reached. */
  readonly applied: number;
}

export type Taken =
  | { readonly kind: 'effects'; readonly effects: readonly EntryEffect[] }
  /** An entry is not in the ledger read. */
  | { readonly kind: 'reload'; readonly entry: number };

/** The effects of the next commit; none when the table is at its end. Cost: one read per entry that is not at hand. */
export async function takeEffects(request: TakeRequest): Promise<Taken> {
  const { ledger, table } = request;
  const effects: EntryEffect[] = [];
  let files = 0;
  const adopted = table.adopt?.entry ?? 0;
  for (const n of entriesToApply(table, request.applied)) {
    const isFree = n > adopted;
    if (isFree && effects.length >= LIMITS.entriesPerCommitMax) break;
    const entry = await loadEntry(request, ledger, n);
    if (!entry) return { kind: 'reload', entry: n };
    const effect = isFree ? effectOf(entry, table.table) : lookedUp(effectOf(entry, table.table));
    files += effect.bring.reduce((sum, { table: one }) => sum + one.files.length, 0);
    const isAlone = effect.isReset || effect.leave.length > 0;
    if (effects.length > 0 && isFree && (isAlone || files > LIMITS.filesPerCommitMax)) break;
    effects.push(effect);
    if (isAlone) break;
  }
  return { kind: 'effects', effects };
}

/** Files of entries applied again belonged to snapshots that may have been expired since: each is looked up, however young it is. */
function lookedUp(effect: EntryEffect): EntryEffect {
  const bring = effect.bring.map((one) => ({ ...one, createdAtMs: one.createdAtMs - LIMITS.fileCheckAgeMs }));
  return { ...effect, bring };
}

/** The data files the effects bring, brought up to the table's schema and spec. */
export async function bringFiles(
  context: MaterialiseContext,
  metadata: TableMetadata,
  effects: readonly EntryEffect[],
): Promise<Materialised> {
  const files: DataFile[] = [];
  for (const { table, createdAtMs } of effects.flatMap(({ bring }) => bring)) {
    const made = await materialiseFiles(context, metadata, { table, createdAtMs });
    if (made.kind === 'park') return made;
    files.push(...made.files);
  }
  return { kind: 'files', files };
}
