// Numbers the distinct values of a column by hashing. Open addressing in a table that grows with the distinct values, so that columns
// of few values stay in the processor's cache; hashes are kept, so that bytes are compared only on equal hashes. The probes are
// bounded: values chosen to collide cost their column the dictionary, not time (promise 10).
import type { DictionaryIds, DictionaryRule } from './kernels.ts';
import type { ByteValues } from './values.ts';

const SLOTS_MIN = 1024;
/** Probes beyond the first allowed per value before the hashes count as hostile. */
const PROBES_PER_VALUE = 8;
/** Strings above this are hashed by their two ends and their length. */
const HASHED_BYTES_MAX = 64;
const HASHED_END_BYTES = 32;
/** Shorter strings are looked up each time: that is no dearer than to remember the one before. */
const LONG_BYTES_MIN = 16;

/** Kernel: distinct byte strings. */
export function dictStrings(values: ByteValues, into: DictionaryIds, rule: DictionaryRule): number {
  const { bytes, start, length, count } = values;
  const { ids, first } = into;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const probesMax = count * PROBES_PER_VALUE;
  const prefix = values.fixed === undefined ? 4 : 0;
  let table = newTable(SLOTS_MIN);
  let distinct = 0;
  let distinctBytes = 0;
  let probes = 0;
  let lastFrom = 0;
  let lastSize = -1;
  let lastId = 0;
  for (let i = 0; i < count; i++) {
    if (i === rule.probeValues && distinct > rule.probeDistinctMax) return -1;
    const from = start[i]!;
    const size = length[i]!;
    // Technical columns point at one text for all rows of a source.
    if (from === lastFrom && size === lastSize) {
      ids[i] = lastId;
      continue;
    }
    const hash = hashBytes(view, from, size);
    let slot = hash & table.mask;
    let id = table.slots[slot]! - 1;
    while (id >= 0) {
      const other = first[id]!;
      if (table.hashes[id] === hash && length[other] === size && isSame(view, start[other]!, from, size)) break;
      slot = (slot + 1) & table.mask;
      id = table.slots[slot]! - 1;
      probes++;
    }
    if (id < 0) {
      id = distinct++;
      distinctBytes += size + prefix;
      if (distinctBytes > rule.bytesMax) return -1;
      table.slots[slot] = distinct;
      table.hashes[id] = hash;
      first[id] = i;
      if (distinct * 2 > table.mask) table = grow(table, distinct);
    }
    ids[i] = id;
    if (probes > probesMax) return -1;
    if (size < LONG_BYTES_MIN) continue;
    lastFrom = from;
    lastSize = size;
    lastId = id;
  }
  return distinct;
}

/** Kernel: distinct values of one or two words; they compare by their bits, so every NaN and both zeros keep their own. */
export function dictWords(
  values: { readonly words: Int32Array; readonly perValue: 1 | 2; readonly count: number },
  into: DictionaryIds,
  rule: DictionaryRule,
): number {
  const { words, perValue, count } = values;
  const { ids, first } = into;
  const step = perValue - 1;
  const distinctMax = rule.bytesMax / (4 * perValue);
  const probesMax = count * PROBES_PER_VALUE;
  let table = newTable(SLOTS_MIN);
  let distinct = 0;
  let probes = 0;
  for (let i = 0; i < count; i++) {
    if (i === rule.probeValues && distinct > rule.probeDistinctMax) return -1;
    const at = i << step;
    const low = words[at]!;
    const high = words[at + step]!;
    if (i > 0 && words[at - perValue] === low && words[at - 1] === high) {
      ids[i] = ids[i - 1]!;
      continue;
    }
    let slot = mix(Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b)) & table.mask;
    let id = table.slots[slot]! - 1;
    while (id >= 0) {
      const other = first[id]! << step;
      if (words[other] === low && words[other + step] === high) break;
      slot = (slot + 1) & table.mask;
      id = table.slots[slot]! - 1;
      probes++;
    }
    if (id < 0) {
      id = distinct++;
      if (distinct > distinctMax) return -1;
      table.slots[slot] = distinct;
      table.hashes[id] = mix(Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b));
      first[id] = i;
      if (distinct * 2 > table.mask) table = grow(table, distinct);
    }
    ids[i] = id;
    if (probes > probesMax) return -1;
  }
  return distinct;
}

interface Table {
  /** id + 1 by hash, 0 = free. At most half of them are taken. */
  readonly slots: Uint32Array;
  readonly hashes: Int32Array;
  readonly mask: number;
}

function newTable(size: number): Table {
  return { slots: new Uint32Array(size), hashes: new Int32Array(size / 2 + 1), mask: size - 1 };
}

function grow(old: Table, distinct: number): Table {
  const table = newTable(old.slots.length * 4);
  table.hashes.set(old.hashes.subarray(0, distinct));
  for (let id = 0; id < distinct; id++) {
    let slot = table.hashes[id]! & table.mask;
    while (table.slots[slot] !== 0) slot = (slot + 1) & table.mask;
    table.slots[slot] = id + 1;
  }
  return table;
}

/** Of up to sixteen bytes: a sum of words, each by a factor of its own; those not there are 0, the last byte of a shorter one is its size. */
function hashBytes(view: DataView, from: number, size: number): number {
  if (size > 16) return hashLong(view, from, size);
  const last = wordAt(view, from + 12, size - 12) | (size < 16 ? size << 24 : 0);
  const front = Math.imul(wordAt(view, from, size), 0x9e3779b1) + Math.imul(wordAt(view, from + 4, size - 4), 0x85ebca6b);
  return mix((front + Math.imul(wordAt(view, from + 8, size - 8), 0xc2b2ae35) + Math.imul(last, 0x27d4eb2f)) | 0);
}

/** The first `left` bytes at a position, at most four, as a little-endian word. */
function wordAt(view: DataView, at: number, left: number): number {
  if (left >= 4) return view.getInt32(at, true);
  let word = 0;
  for (let i = 0; i < left; i++) word |= view.getUint8(at + i) << (8 * i);
  return word;
}

/** In steps of eight bytes, of long values their two ends; the last eight overlap those before. */
function hashLong(view: DataView, from: number, size: number): number {
  const end = from + size;
  const isCut = size > HASHED_BYTES_MAX;
  const front = from + (isCut ? HASHED_END_BYTES : size - 8);
  let a = size;
  let b = 0;
  for (let at = from; at < front; at += 8) {
    a = Math.imul(a ^ (a >>> 15) ^ view.getInt32(at, true), 0x9e3779b1);
    b = Math.imul(b ^ (b >>> 13) ^ view.getInt32(at + 4, true), 0x85ebca6b);
  }
  for (let at = isCut ? end - HASHED_END_BYTES : end - 8; at < end; at += 8) {
    a = Math.imul(a ^ (a >>> 15) ^ view.getInt32(at, true), 0x9e3779b1);
    b = Math.imul(b ^ (b >>> 13) ^ view.getInt32(at + 4, true), 0x85ebca6b);
  }
  return mix(a ^ Math.imul(b, 0xc2b2ae35));
}

function isSame(view: DataView, a: number, b: number, size: number): boolean {
  if (size < 4) {
    for (let i = 0; i < size; i++) if (view.getUint8(a + i) !== view.getUint8(b + i)) return false;
    return true;
  }
  const last = size - 4;
  for (let i = 0; i < last; i += 4) if (view.getInt32(a + i, true) !== view.getInt32(b + i, true)) return false;
  return view.getInt32(a + last, true) === view.getInt32(b + last, true);
}

function mix(hash: number): number {
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
