// Big-endian two's complement bytes of integers of any size: decimals in bounds, partition values and the bucket hash.

/** The shortest big-endian two's complement form; one zero byte for 0. */
export function minimalBytes(value: bigint): Uint8Array {
  let length = 1;
  while (BigInt.asIntN(length * 8, value) !== value) length += 1;
  return sizedBytes(value, length);
}

/** Exactly `length` bytes, sign-extended; the value must fit. */
export function sizedBytes(value: bigint, length: number): Uint8Array {
  const hex = BigInt.asUintN(length * 8, value)
    .toString(16)
    .padStart(length * 2, '0');
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

/** The integer of big-endian two's complement bytes. */
export function integerOf(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`));
}

/** Bytes a decimal of this precision needs as a fixed (Parquet, Avro): the smallest n with 10^p - 1 < 2^(8n-1). */
export function bytesOfPrecision(precision: number): number {
  const largest = 10n ** BigInt(precision) - 1n;
  let length = 1;
  while (largest >= 1n << BigInt(8 * length - 1)) length += 1;
  return length;
}
