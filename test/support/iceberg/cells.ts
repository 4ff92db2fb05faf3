// Arbitrary cells of every primitive type, with the edges that matter: surrogates, NaN, zeros, extremes.
import fc from 'fast-check';
import { type CellValue, decimalOf, fixedLengthOf, type PrimitiveType } from '../../../src/contract/types.ts';

export const TYPES: readonly PrimitiveType[] = [
  ...(['boolean', 'int', 'long', 'float', 'double', 'date', 'time', 'timestamp', 'timestamptz', 'timestamp_ns', 'timestamptz_ns'] as const),
  ...(['string', 'uuid', 'binary', 'fixed[3]', 'decimal(9,2)', 'decimal(18,0)', 'decimal(38,10)'] as const),
];

/** Code points of every length in UTF-8, around the surrogates and at the end; never a lone surrogate. */
export const textArbitrary = fc
  .array(
    fc.oneof(
      fc.constantFrom(0, 0x61, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x1_0000, 0x1f600, 0x10_fffe, 0x10_ffff),
      fc.integer({ min: 0x61, max: 0x65 }),
    ),
    { maxLength: 24 },
  )
  .map((points) => String.fromCodePoint(...points));

export function cellArbitrary(type: PrimitiveType): fc.Arbitrary<Exclude<CellValue, null>> {
  const bytes = (constraints: fc.IntArrayConstraints) => fc.uint8Array(constraints).map((value) => new Uint8Array(value));
  switch (type) {
    case 'boolean':
      return fc.boolean();
    case 'int':
      return fc.oneof(fc.integer({ min: -20, max: 20 }), fc.integer(), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1));
    case 'date':
      return fc.integer({ min: -800_000, max: 2_932_896 });
    case 'float':
      return fc.oneof(fc.float(), fc.constantFrom(0, -0, NaN, 1, -1, Infinity)).map(Math.fround);
    case 'double':
      return fc.oneof(fc.double(), fc.constantFrom(0, -0, NaN, 1, -1, -Infinity));
    case 'string':
      return textArbitrary;
    case 'uuid':
      return bytes({ minLength: 16, maxLength: 16 });
    case 'binary':
      return fc.oneof(
        bytes({ maxLength: 24 }),
        fc.integer({ min: 0, max: 20 }).map((length) => new Uint8Array(length).fill(255)),
      );
    case 'time':
      return fc.bigInt({ min: 0n, max: 86_399_999_999n });
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case 'timestamp':
    case 'timestamptz':
      // Years 1 to 9999; clustered around the epoch half of the time.
      return fc.oneof(
        fc.bigInt({ min: -200_000_000_000n, max: 200_000_000_000n }),
        fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n }),
      );
    case 'long':
      return fc.oneof(fc.bigInt({ min: -20n, max: 20n }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
    default: {
      const decimal = decimalOf(type);
      if (!decimal) return bytes({ minLength: fixedLengthOf(type)!, maxLength: fixedLengthOf(type)! });
      const largest = 10n ** BigInt(decimal.precision) - 1n;
      return fc.oneof(fc.bigInt({ min: -150n, max: 150n }), fc.bigInt({ min: -largest, max: largest }));
    }
  }
}
