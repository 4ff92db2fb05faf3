// Split-block Bloom filters: which values a column chunk certainly does not hold. Blocks of eight 32-bit words; a value sets one bit in
// each word of one block, both chosen by its XXH64. Source: parquet-format, BloomFilter.md; parquet.thrift, BloomFilterHeader.
import type { Dictionary } from './dictionary.ts';
import type { BloomSetting, ParquetOptions } from './options.ts';
import { writePlain } from './plain.ts';
import type { LeafPlan } from './schema-plan.ts';
import { ThriftWriter } from './thrift.ts';
import type { Values } from './values.ts';
import { xxHash64 } from './xxhash64.ts';

const BLOCK_BYTES = 32;
const SALT = Uint32Array.of(0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31);

/** Header and bits of a filter over the values (repetitions do no harm), or undefined for a type without one. */
export function encodeBloomFilter(
  values: Values,
  setting: BloomSetting & { readonly distinctCounted: number; readonly bytesMax: number },
): Buffer | undefined {
  if (values.kind === 'bool') return undefined;
  const bits = new Uint32Array(filterBytes(setting) / 4);
  const hash = new Uint32Array(2);
  for (const plain of plainValues(values)) {
    xxHash64(plain.bytes, plain, hash);
    // The upper half picks the block, by multiplication instead of a remainder.
    const block = Math.floor((hash[1]! * (bits.length / 8)) / 2 ** 32) * 8;
    for (let i = 0; i < 8; i++) bits[block + i]! |= 1 << (Math.imul(hash[0]!, SALT[i]!) >>> 27);
  }
  return Buffer.concat([header(bits.byteLength), new Uint8Array(bits.buffer)]);
}

/** Size for the share of false positives: from the formula of the format's description, rounded up to a power of two. */
function filterBytes(setting: BloomSetting & { readonly distinctCounted: number; readonly bytesMax: number }): number {
  const distinct = setting.distinct ?? setting.distinctCounted;
  const bits = (-8 * distinct) / Math.log(1 - setting.fpp ** (1 / 8));
  const bytes = 2 ** Math.ceil(Math.log2(Math.max(BLOCK_BYTES, bits / 8)));
  const most = 2 ** Math.floor(Math.log2(setting.bytesMax));
  return Math.max(BLOCK_BYTES, Math.min(bytes, most));
}

/** What is hashed: the PLAIN bytes of a value, strings and binaries without their length. */
function* plainValues(
  values: Exclude<Values, { kind: 'bool' }>,
): Generator<{ readonly bytes: Uint8Array; readonly from: number; readonly size: number }> {
  if (values.kind === 'bytes') {
    for (let i = 0; i < values.count; i++) yield { bytes: values.bytes, from: values.start[i]!, size: values.length[i]! };
    return;
  }
  const size = values.kind === 'i32' || values.kind === 'f32' ? 4 : 8;
  const bytes = Buffer.allocUnsafe(size * values.count);
  writePlain(values, { from: 0, to: values.count }, { out: bytes, at: 0 });
  for (let i = 0; i < values.count; i++) yield { bytes, from: i * size, size };
}

/** Every choice of the header is a union with one member: block algorithm, xxHash, no compression. */
function header(bitBytes: number): Buffer {
  const thrift = new ThriftWriter();
  thrift.i32(1, bitBytes);
  for (const field of [2, 3, 4]) thrift.struct(field, () => thrift.struct(1, () => {}));
  return thrift.finish();
}

/** The filter of a column that the table asks one for. */
export function bloomOf(
  leaf: LeafPlan,
  options: ParquetOptions,
  from: { readonly values: Values; readonly dictionary: Dictionary | undefined },
): Buffer | undefined {
  const setting = options.bloomColumns.get(leaf.name);
  if (!setting) return undefined;
  const values = from.dictionary?.entries ?? from.values;
  return encodeBloomFilter(values, { ...setting, distinctCounted: values.count, bytesMax: options.bloomBytesMax });
}
