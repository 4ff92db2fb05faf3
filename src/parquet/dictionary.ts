// Dictionary encoding of one column chunk: distinct values in order of appearance and an id per value, or the decision that it
// does not pay. Open addressing over hashes of the value bytes; the number of probes is bounded, so values chosen to collide cost a
// dictionary, not time. The whole chunk is either dictionary or plain: its values are all here before its first page is written.
import { LIMITS } from '../contract/limits.ts';
import { widthOf } from './hybrid.ts';
import { plainBytes } from './plain.ts';
import type { ByteValues, Values } from './values.ts';

export interface Dictionary {
  /** Id of every value. */
  readonly ids: Uint32Array;
  /** The distinct values, by id. */
  readonly entries: Values;
  /** Bits of an id in a data page. */
  readonly width: number;
}

/** Values looked at before a column without repetitions is given up. */
const PROBE_VALUES = 1024;
/** Of the first values, a dictionary is given up when more than this share are distinct. */
const PROBE_DISTINCT_SHARE = 0.97;
/** A dictionary must save a quarter of the plain bytes: close calls are won by zstd over the plain values. */
const SIZE_SHARE = 0.75;
/** Header and encoding entries of the additional page. */
const PAGE_OVERHEAD = 40;
/** Probes allowed per value before the hashes count as hostile. */
const PROBES_PER_VALUE = 8;

/** A dictionary of the values, or undefined when plain is better. */
export function buildDictionary(values: Values): Dictionary | undefined {
  if (values.count < 2 || values.kind === 'bool') return undefined;
  const table = newTable(values.count);
  const distinct = fillTable(values, table);
  if (distinct < 0) return undefined;
  const entries = pick(values, table.first.subarray(0, distinct));
  const width = Math.max(1, widthOf(distinct - 1));
  const dictionaryBytes = plainBytes(entries, { from: 0, to: distinct });
  if (dictionaryBytes > LIMITS.parquetDictionaryBytesMax) return undefined;
  const plain = plainBytes(values, { from: 0, to: values.count });
  return PAGE_OVERHEAD + dictionaryBytes + (values.count * width) / 8 < plain * SIZE_SHARE ? { ids: table.ids, entries, width } : undefined;
}

interface Table {
  readonly ids: Uint32Array;
  /** Position of the first appearance, by id. */
  readonly first: Uint32Array;
  /** id + 1 by hash, 0 = free. */
  readonly slots: Uint32Array;
  readonly mask: number;
  /** Distinct values beyond which the dictionary cannot fit its page. */
  readonly distinctMax: number;
  readonly probesMax: number;
}

function newTable(count: number): Table {
  const size = 2 ** Math.ceil(Math.log2(count * 2));
  return {
    ids: new Uint32Array(count),
    first: new Uint32Array(count),
    slots: new Uint32Array(size),
    mask: size - 1,
    distinctMax: LIMITS.parquetDictionaryBytesMax / 4,
    probesMax: count * PROBES_PER_VALUE,
  };
}

/** Number of distinct values, or -1 to give up. */
function fillTable(values: Values, table: Table): number {
  switch (values.kind) {
    case 'bool':
      return -1;
    case 'i32':
      return fillWords(values.v, 1, table);
    case 'f32':
      return fillWords(new Int32Array(values.v.buffer, values.v.byteOffset, values.count), 1, table);
    case 'i64':
      return fillWords(values.lohi, 2, table);
    case 'f64':
      return fillWords(new Int32Array(values.v.buffer, values.v.byteOffset, values.count * 2), 2, table);
    case 'bytes':
      return fillBytes(values, table);
  }
}

function isHopeless(position: number, distinct: number): boolean {
  return position === PROBE_VALUES && distinct > PROBE_VALUES * PROBE_DISTINCT_SHARE;
}

/** Numbers compare by their bits: every NaN and both zeros keep their own. */
function fillWords(words: Int32Array, perValue: 1 | 2, table: Table): number {
  const { ids, first, slots, mask } = table;
  let distinct = 0;
  let probes = 0;
  for (let i = 0; i < ids.length; i++) {
    if (isHopeless(i, distinct)) return -1;
    const low = words[i * perValue]!;
    const high = perValue === 2 ? words[i * 2 + 1]! : 0;
    let slot = mix(Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b)) & mask;
    for (;;) {
      const id = slots[slot]! - 1;
      if (id < 0) {
        slots[slot] = distinct + 1;
        first[distinct] = i;
        ids[i] = distinct++;
        break;
      }
      const at = first[id]! * perValue;
      if (words[at] === low && (perValue === 1 || words[at + 1] === high)) {
        ids[i] = id;
        break;
      }
      slot = (slot + 1) & mask;
      probes++;
    }
    if (distinct > table.distinctMax || probes > table.probesMax) return -1;
  }
  return distinct;
}

function fillBytes(values: ByteValues, table: Table): number {
  const { ids, first, slots, mask } = table;
  const { bytes, start, length } = values;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let distinct = 0;
  let probes = 0;
  let distinctBytes = 0;
  for (let i = 0; i < ids.length; i++) {
    if (isHopeless(i, distinct)) return -1;
    const from = start[i]!;
    const size = length[i]!;
    let slot = hashBytes(view, from, size) & mask;
    for (;;) {
      const id = slots[slot]! - 1;
      if (id < 0) {
        slots[slot] = distinct + 1;
        first[distinct] = i;
        ids[i] = distinct++;
        distinctBytes += size + 4;
        break;
      }
      const other = first[id]!;
      if (length[other] === size && isSame(view, { a: start[other]!, b: from, size })) {
        ids[i] = id;
        break;
      }
      slot = (slot + 1) & mask;
      probes++;
    }
    if (distinctBytes > LIMITS.parquetDictionaryBytesMax || probes > table.probesMax) return -1;
  }
  return distinct;
}

function hashBytes(view: DataView, from: number, size: number): number {
  let hash = size;
  let at = from;
  const words = from + (size & ~3);
  for (; at < words; at += 4) hash = Math.imul((hash << 7) ^ (hash >>> 25) ^ view.getInt32(at, true), 0x9e3779b1);
  for (; at < from + size; at++) hash = Math.imul((hash << 5) ^ (hash >>> 27) ^ view.getUint8(at), 0x85ebca6b);
  return mix(hash);
}

function isSame(view: DataView, spans: { readonly a: number; readonly b: number; readonly size: number }): boolean {
  const { a, b, size } = spans;
  let i = 0;
  for (; i + 4 <= size; i += 4) if (view.getInt32(a + i) !== view.getInt32(b + i)) return false;
  for (; i < size; i++) if (view.getUint8(a + i) !== view.getUint8(b + i)) return false;
  return true;
}

function mix(hash: number): number {
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}

/** The values at the given positions. */
function pick(values: Values, at: Uint32Array): Values {
  const count = at.length;
  switch (values.kind) {
    case 'bool':
      return { kind: 'bool', count, v: Uint8Array.from(at, (i) => values.v[i]!) };
    case 'i32':
      return { kind: 'i32', count, v: Int32Array.from(at, (i) => values.v[i]!) };
    case 'f32':
      return { kind: 'f32', count, v: new Float32Array(pickWords(values.v, 1, at)) };
    case 'f64':
      return { kind: 'f64', count, v: new Float64Array(pickWords(values.v, 2, at)) };
    case 'i64':
      return { kind: 'i64', count, lohi: new Int32Array(pickWords(values.lohi, 2, at)) };
    case 'bytes':
      return { ...values, count, start: at.map((i) => values.start[i]!), length: at.map((i) => values.length[i]!) };
  }
}

/** Copies bits, so that a NaN keeps its payload. */
function pickWords(source: Int32Array | Float32Array | Float64Array, perValue: 1 | 2, at: Uint32Array): ArrayBuffer {
  const words = new Int32Array(source.buffer, source.byteOffset, source.byteLength / 4);
  const into = new Int32Array(at.length * perValue);
  for (let i = 0; i < at.length; i++) {
    into[i * perValue] = words[at[i]! * perValue]!;
    if (perValue === 2) into[i * 2 + 1] = words[at[i]! * 2 + 1]!;
  }
  return into.buffer;
}
