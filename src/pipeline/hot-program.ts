// A pipeline's read plans as data for the decoding kernels (hot/layout.ts): the same nodes, cells and scopes the plain path reads by, so
// that both read a message alike. Made once per pipeline.
import type { TableProgram, VariantPlan } from '../contract/compiled.ts';
import * as L from '../hot/layout.ts';
import * as H from '../hot/layout-header.ts';
import * as K from '../hot/layout-keys.ts';
import { allSets, type SetBuilder } from './builders.ts';
import type { Cell } from './cells.ts';
import { type PlacedCells, placeCells, putCell, wordEntry, wordsOf } from './hot-cells.ts';
import { hashBytes, type Image, link, makeImage, put, putBytes, putKeyText, putLong, take } from './hot-image.ts';
import { flagsOf, keyKindOf, scalarKindOf } from './hot-kinds.ts';
import type { Deferred, ReadNode, ReadPlan, Scope } from './read-plan.ts';

export interface HotProgram extends PlacedCells {
  /** What the kernels note is lacking, by number. */
  readonly scopes: readonly Scope[];
  /** Row spaces in pre-order; the first is the table's. */
  readonly order: readonly SetBuilder[];
  readonly technical: TableProgram['technical'];
  readonly undeclared: TableProgram['undeclared'];
}

interface Placing extends PlacedCells {
  readonly nodes: Map<ReadNode, number>;
  readonly scopes: Map<Scope, number>;
  /** By number: of all plans. */
  readonly numbered: Scope[];
  /** First position of each deferred cell. */
  readonly starts: Map<Deferred, number>;
  readonly conditions: number;
  readonly conditionCount: number;
  readonly plan: ReadPlan;
}

export function makeHotProgram(program: TableProgram, set: SetBuilder, plans: readonly ReadPlan[]): HotProgram {
  const image = makeImage(H.HEADER_BYTES);
  const order = allSets(set);
  const placed = placeCells(image, order);
  putSets(placed, order);
  const conditionCount = program.variants.reduce((sum, { when }) => sum + when.length, 0);
  const conditions = putVariants(image, program.variants, conditionCount);
  const numbered: Scope[] = [];
  const table = take(image, plans.length * L.PLAN_BYTES);
  link(image, H.H_PLANS, table);
  plans.forEach((plan, i) => {
    const placing: Placing = {
      ...placed,
      nodes: new Map(),
      scopes: new Map(),
      numbered,
      starts: new Map(),
      conditions,
      conditionCount,
      plan,
    };
    link(image, table + i * L.PLAN_BYTES + L.PLAN_SCOPE, putScope(placing, plan.top, set));
    link(image, table + i * L.PLAN_BYTES + L.PLAN_ROOT, putNode(placing, plan.root));
  });
  link(image, H.H_LEVELS, take(image, (L.DEPTH_MAX + 2) * L.LEVEL_BYTES));
  const stackBytes = K.KEY_ENTRY_BYTES * K.UNKNOWN_KEYS_MAX * 8;
  const stack = take(image, stackBytes);
  link(image, H.H_KEY_STACK, stack);
  link(image, H.H_KEY_STACK_END, stack + stackBytes);
  link(image, H.H_LEARNT, take(image, K.LEARNT_BYTES));
  link(image, H.H_FIRSTS, take(image, (L.DEPTH_MAX + 2) * K.FIRST_BYTES));
  const notes = take(image, H.NOTES_MAX * H.NOTE_BYTES);
  link(image, H.H_NOTES, notes);
  link(image, H.H_NOTES_END, notes + H.NOTES_MAX * H.NOTE_BYTES);
  return { ...placed, scopes: numbered, order, technical: program.technical, undeclared: program.undeclared };
}

function putSets({ image, sets }: PlacedCells, order: readonly SetBuilder[]): void {
  const at = take(image, order.length * 4);
  link(image, H.H_SETS, at);
  put(image, H.H_SET_COUNT, order.length);
  order.forEach((set, i) => {
    link(image, at + i * 4, sets.get(set)!);
  });
}

function putScope(placing: Placing, scope: Scope, set: SetBuilder): number {
  const known = placing.scopes.get(scope);
  if (known !== undefined) return known;
  const { image } = placing;
  const at = take(image, L.SCOPE_BYTES);
  placing.scopes.set(scope, at);
  link(image, at + L.SCOPE_SET, placing.sets.get(set)!);
  put(image, at + L.SCOPE_ID, placing.numbered.length);
  placing.numbered.push(scope);
  put(image, at + L.SCOPE_TAKES_NOTES, set === placing.top ? 1 : 0);
  putScopeWords(placing, at, scope, set);
  const size = scope.deferred.reduce((sum, { starts }) => sum + L.DEFERRED_STARTS + starts.length * 4, 0);
  const list = take(image, size);
  put(image, at + L.SCOPE_DEFERRED_COUNT, scope.deferred.length);
  link(image, at + L.SCOPE_DEFERRED, list);
  let deferred = list;
  for (const each of scope.deferred) {
    placing.starts.set(each, deferred + L.DEFERRED_STARTS);
    put(image, deferred + L.DEFERRED_COUNT, each.starts.length);
    link(image, deferred + L.DEFERRED_NODE, putNode(placing, each.node));
    deferred += L.DEFERRED_STARTS + each.starts.length * 4;
  }
  return at;
}

/** Per presence word that has cells of the scope: their bits, and the bits of those that must be there. */
function putScopeWords(placing: Placing, at: number, { cells }: Scope, set: SetBuilder): void {
  const { image } = placing;
  const words = Array.from({ length: wordsOf(set) }, () => ({ own: 0, required: 0 }));
  for (const { word, bit, required } of cells) {
    const masks = words[word]!;
    masks.own |= bit;
    if (required) masks.required |= bit;
  }
  const used = [...words.entries()].filter(([, { own }]) => own !== 0);
  const list = take(image, used.length * L.SCOPE_WORD_BYTES);
  put(image, at + L.SCOPE_WORD_COUNT, used.length);
  link(image, at + L.SCOPE_WORDS, list);
  used.forEach(([word, { own, required }], i) => {
    const entry = list + i * L.SCOPE_WORD_BYTES;
    link(image, entry + L.SCOPE_WORD_ENTRY, wordEntry(placing, set, word));
    put(image, entry + L.SCOPE_WORD_OWN, own);
    put(image, entry + L.SCOPE_WORD_REQUIRED, required);
  });
}

function putNode(placing: Placing, node: ReadNode): number {
  const known = placing.nodes.get(node);
  if (known !== undefined) return known;
  const { image } = placing;
  const at = take(image, L.NODE_BYTES);
  placing.nodes.set(node, at);
  const { cell } = node;
  if (cell) {
    link(image, at + L.NODE_CELL, putCell(placing, cell));
    const scope = placing.plan.scopes.get(cell);
    if (scope) link(image, at + L.NODE_SCOPE, putScope(placing, scope, cell.set));
  }
  put(image, at + L.NODE_FLAGS, flagsOf(node, placing.conditionCount));
  put(image, at + L.NODE_KIND, scalarKindOf(node));
  if (node.element) link(image, at + L.NODE_ELEMENT, putNode(placing, node.element));
  if (node.value) link(image, at + L.NODE_VALUE, putNode(placing, node.value));
  putCaptures(placing, at, node);
  if (node.keys) link(image, at + L.NODE_KEYS, putKeys(placing, node.members));
  return at;
}

function putCaptures({ image, starts, conditions }: Placing, at: number, { captures }: ReadNode): void {
  if (!captures) return;
  const list = take(image, captures.length * L.CAPTURE_BYTES);
  put(image, at + L.NODE_CAPTURE_COUNT, captures.length);
  link(image, at + L.NODE_CAPTURES, list);
  captures.forEach((capture, i) => {
    const isCondition = capture.kind === 'condition';
    const target = isCondition ? conditions + capture.condition * 4 : starts.get(capture.deferred)! + capture.path * 4;
    link(image, list + i * L.CAPTURE_BYTES + L.CAPTURE_ADDRESS, target);
    put(image, list + i * L.CAPTURE_BYTES + L.CAPTURE_IS_CONDITION, isCondition ? 1 : 0);
    if (!isCondition) link(image, list + i * L.CAPTURE_BYTES + L.CAPTURE_DEFERRED, starts.get(capture.deferred)! - L.DEFERRED_STARTS);
  });
}

/** A table of members, at most half full; in the contract's order each key expects the next. */
function putKeys(placing: Placing, members: ReadonlyMap<string, ReadNode>): number {
  const { image } = placing;
  const size = 2 ** Math.ceil(Math.log2(members.size * 2 + 2));
  const table = take(image, L.KEYS_SLOTS + size * 4);
  put(image, table + L.KEYS_MASK, size - 1);
  let previous = table;
  for (const [name, node] of members) {
    const bytes = Buffer.from(name);
    const key = putKeyText(image, bytes);
    const hash = hashBytes(bytes);
    const isPlain = bytes.every((byte) => byte >= 0x20 && byte !== 0x22 && byte !== 0x5c);
    put(image, key + L.KEY_LENGTH, bytes.length);
    put(image, key + L.KEY_HASH, hash);
    const kind = keyKindOf(node);
    put(image, key + L.KEY_KIND, kind);
    const at = putNode(placing, node);
    link(image, key + L.KEY_NODE, at);
    if (node.cell) link(image, key + L.KEY_CELL, putCell(placing, node.cell));
    if (kind === L.KIND_CAPTURED) link(image, key + L.KEY_CELL, image.words[(at + L.NODE_CAPTURES) >> 2]!);
    let slot = (hash & (size - 1)) >>> 0;
    while (image.words[(table + L.KEYS_SLOTS + slot * 4) >> 2] !== 0) slot = (slot + 1) & (size - 1);
    link(image, table + L.KEYS_SLOTS + slot * 4, key);
    if (!isPlain) continue;
    link(image, previous + L.KEY_NEXT, key);
    previous = key;
  }
  return table;
}

/** The conditions of all variants; the offset of their values' positions. */
function putVariants(image: Image, variants: readonly VariantPlan[], count: number): number {
  const positions = take(image, count * 4);
  const list = take(image, variants.length * L.VARIANT_BYTES);
  link(image, H.H_CONDITIONS, positions);
  put(image, H.H_CONDITION_COUNT, count);
  link(image, H.H_VARIANTS, list);
  put(image, H.H_VARIANT_COUNT, variants.length);
  let position = positions;
  variants.forEach(({ when }, i) => {
    const conditions = take(image, when.length * L.CONDITION_BYTES);
    put(image, list + i * L.VARIANT_BYTES + L.VARIANT_CONDITION_COUNT, when.length);
    link(image, list + i * L.VARIANT_BYTES + L.VARIANT_CONDITIONS, conditions);
    when.forEach(({ values }, j) => {
      const at = conditions + j * L.CONDITION_BYTES;
      link(image, at + L.CONDITION_POSITION, position);
      put(image, at + L.CONDITION_VALUE_COUNT, values.length);
      link(image, at + L.CONDITION_VALUES, putValues(image, values));
      position += 4;
    });
  });
  return positions;
}

function putValues(image: Image, values: VariantPlan['when'][number]['values']): number {
  const list = take(image, values.length * L.VALUE_BYTES);
  values.forEach((value, i) => {
    const at = list + i * L.VALUE_BYTES;
    if (value === null) put(image, at + L.VALUE_KIND, L.VALUE_NULL);
    else if (typeof value === 'boolean') put(image, at + L.VALUE_KIND, value ? L.VALUE_TRUE : L.VALUE_FALSE);
    else if (typeof value === 'number') {
      put(image, at + L.VALUE_KIND, L.VALUE_NUMBER);
      // Another than an integer is equal to no integer, and fractions in messages are the plain path's to compare.
      if (Number.isSafeInteger(value)) putLong(image, at + L.VALUE_INTEGER, BigInt(value));
      else put(image, at + L.VALUE_KIND, L.VALUE_OTHER);
    } else {
      const text = Buffer.from(value);
      put(image, at + L.VALUE_KIND, L.VALUE_STRING);
      link(image, at + L.VALUE_TEXT, putBytes(image, text));
      put(image, at + L.VALUE_LENGTH, text.length);
    }
  });
  return list;
}

export type { Cell };
