// Keys of strings made ahead of their columns, for columns that had a dictionary in the file before: values of a batch lie in its messages,
// and a message that is read once for all columns costs a fraction of one that is read for each. What is learnt decides about time
// alone: with keys or without, the bytes of a file are the same.
import type { ColumnSet } from '../columns.ts';
import type { EncodedChunk } from './chunk.ts';
import type { Views } from './kernel-gather.ts';
import type { KernelPlace, StringKeys } from './kernels.ts';
import { PHYSICAL } from './physical.ts';
import type { LeafPlan, SchemaPlan } from './schema-plan.ts';

/** Of fewer rows there is little to gain; of more the keys themselves are far apart. */
const ROWS = { min: 256, max: 65_536 };

/** Leaves whose last chunk had a dictionary. */
const withDictionary = new WeakSet<LeafPlan>();

/** Remembers how a chunk was encoded; one of few values says nothing about the next of many. */
export function learnDictionary(chunk: Pick<EncodedChunk, 'leaf' | 'entries' | 'dictionaryBytes'>): void {
  const { leaf } = chunk;
  if (chunk.entries < ROWS.min) return;
  if (chunk.dictionaryBytes > 0) withDictionary.add(leaf);
  else withDictionary.delete(leaf);
}

/** Keys by slot, of string columns at the top of which every row has a value (`isFull`). They lie in the room until it is given back. */
export function keysAhead(
  plan: SchemaPlan,
  batch: { readonly set: ColumnSet; readonly rows: Uint32Array; readonly place: KernelPlace; readonly isFull: (slot: number) => boolean },
): ReadonlyMap<number, StringKeys> {
  const { set, rows, place, isFull } = batch;
  const bySlot = new Map<number, StringKeys>();
  if (!place.stringKeys || rows.length < ROWS.min || rows.length > ROWS.max) return bySlot;
  const slots: number[] = [];
  const columns: Views[] = [];
  for (const node of plan.nodes) {
    const column = set.columns[node.slot]!;
    if (node.kind !== 'leaf' || column.kind !== 'view' || !isFull(node.slot)) continue;
    const leaf = plan.leaves[node.leaf]!;
    if (leaf.physical.physical !== PHYSICAL.byteArray || !withDictionary.has(leaf)) continue;
    slots.push(node.slot);
    columns.push(column);
  }
  const keys = slots.length > 0 ? place.stringKeys(columns, set.bytes, rows) : undefined;
  keys?.forEach((of, i) => {
    bySlot.set(slots[i]!, of);
  });
  return bySlot;
}
