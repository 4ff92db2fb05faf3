// Strings numbered ahead of their columns, for columns whose distinct values were numbered in the file before: values of a batch lie in its
// messages, and a message that is read once for all columns costs a fraction of one that is read for each. What is learnt decides about time
// alone: numbered ahead or by column, the bytes of a file are the same.
import type { ColumnSet } from '../columns.ts';
import type { EncodedChunk } from './chunk.ts';
import { dictionaryRule } from './dictionary.ts';
import type { KernelPlace, NumberedValues, StringColumn } from './kernels.ts';
import { PHYSICAL } from './physical.ts';
import type { LeafPlan, SchemaPlan, ShredNode } from './schema-plan.ts';

/** Of fewer rows there is little to gain; of more the tables are larger than the caches. */
const ROWS = { min: 256, max: 65_536 };
/** Room for distinct values, by those there were. */
const ROOM = { times: 2, more: 64 };

/** Distinct values of the last chunk of a leaf. */
const lastDistinct = new WeakMap<LeafPlan, number>();

/** Remembers how many distinct values a chunk had; one of few values says nothing about the next of many. */
export function learnDistinct({ leaf, entries, distinct }: Pick<EncodedChunk, 'leaf' | 'entries' | 'distinct'>): void {
  if (entries < ROWS.min) return;
  if (distinct === undefined) lastDistinct.delete(leaf);
  else lastDistinct.set(leaf, distinct);
}

/** By slot, of string columns outside lists and maps. What they take of the room is the caller's to give back. */
export function numberAhead(
  plan: SchemaPlan,
  batch: { readonly set: ColumnSet; readonly rows: Uint32Array; readonly place: KernelPlace; readonly bytesMax: number },
): ReadonlyMap<number, NumberedValues> {
  const { set, rows, place, bytesMax } = batch;
  const bySlot = new Map<number, NumberedValues>();
  if (!place.numberStrings || rows.length < ROWS.min || rows.length > ROWS.max) return bySlot;
  const slots: number[] = [];
  const columns: StringColumn[] = [];
  for (const node of leavesOf(plan.nodes)) {
    const distinct = lastDistinct.get(plan.leaves[node.leaf]!);
    const column = set.columns[node.slot]!;
    if (distinct === undefined || column.kind !== 'view' || plan.leaves[node.leaf]!.physical.physical !== PHYSICAL.byteArray) continue;
    slots.push(node.slot);
    columns.push({
      start: column.start,
      length: column.length,
      presence: { words: set.present[node.slot >> 5]!, bit: node.slot & 31 },
      room: Math.min(rows.length, ROOM.times * distinct + ROOM.more),
    });
  }
  const numbered = columns.length > 0 ? place.numberStrings(columns, { bytes: set.bytes, rows }, dictionaryRule(bytesMax)) : undefined;
  numbered?.forEach((strings, i) => {
    if (strings) bySlot.set(slots[i]!, strings);
  });
  return bySlot;
}

/** Leaves of the top row space. */
function* leavesOf(nodes: readonly ShredNode[]): Generator<Extract<ShredNode, { kind: 'leaf' }>> {
  for (const node of nodes) {
    if (node.kind === 'leaf') yield node;
    else if (node.kind === 'struct') yield* leavesOf(node.children);
  }
}
