// Random schemas and rows: every primitive, structs, lists and maps nested up to three deep, nulls wherever they are allowed.
import fc from 'fast-check';
import {
  type CellValue,
  decimalOf,
  fixedLengthOf,
  type IcebergType,
  type NestedField,
  type StructType,
} from '../../../src/contract/types.ts';

const PRIMITIVES: readonly IcebergType[] = [
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'timestamp_ns',
  'timestamptz_ns',
  'string',
  'uuid',
  'binary',
  'decimal(4,2)',
  'decimal(9,0)',
  'decimal(18,6)',
  'decimal(19,3)',
  'decimal(38,10)',
  'fixed[3]',
];

/** A type whose field ids are all 0; `numbered` gives them out. */
function typeArbitrary(depth: number): fc.Arbitrary<IcebergType> {
  const primitive = fc.constantFrom(...PRIMITIVES);
  if (depth === 0) return primitive;
  const inner = typeArbitrary(depth - 1);
  const member = fc.record({ type: inner, required: fc.boolean() });
  return fc.oneof(
    { weight: 5, arbitrary: primitive },
    {
      weight: 1,
      arbitrary: fc.array(member, { minLength: 1, maxLength: 3 }).map(
        (members): StructType => ({
          type: 'struct',
          fields: members.map((each, i) => ({ id: 0, name: `m${i}`, required: each.required, type: each.type })),
        }),
      ),
    },
    {
      weight: 1,
      arbitrary: member.map(
        (each): IcebergType => ({ type: 'list', 'element-id': 0, 'element-required': each.required, element: each.type }),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.record({ key: inner, value: member }).map(
        (each): IcebergType => ({
          type: 'map',
          'key-id': 0,
          key: each.key,
          'value-id': 0,
          'value-required': each.value.required,
          value: each.value.type,
        }),
      ),
    },
  );
}

/** The struct with fresh ids everywhere. */
export function numbered(struct: StructType): StructType {
  let next = 1;
  const field = (old: NestedField): NestedField => ({ ...old, id: next++, type: type(old.type) });
  const type = (old: IcebergType): IcebergType => {
    if (typeof old === 'string') return old;
    if (old.type === 'struct') return { ...old, fields: old.fields.map(field) };
    if (old.type === 'list') return { ...old, 'element-id': next++, element: type(old.element) };
    return { ...old, 'key-id': next++, key: type(old.key), 'value-id': next++, value: type(old.value) };
  };
  return { type: 'struct', fields: struct.fields.map(field) };
}

export const structArbitrary: fc.Arbitrary<StructType> = fc
  .array(fc.record({ type: typeArbitrary(3), required: fc.boolean() }), { minLength: 1, maxLength: 6 })
  .map((members) =>
    numbered({ type: 'struct', fields: members.map((each, i) => ({ id: 0, name: `f${i}`, required: each.required, type: each.type })) }),
  );

const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

/** A non-null cell of a type. Small pools beside full ranges, so that dictionaries and equal bounds occur. */
export function cellArbitrary(type: IcebergType): fc.Arbitrary<CellValue> {
  if (typeof type === 'string') return primitiveCell(type);
  switch (type.type) {
    case 'struct':
      return fc.tuple(...type.fields.map((field) => slotArbitrary(field.type, field.required)));
    case 'list':
      return fc.array(slotArbitrary(type.element, type['element-required']), { maxLength: 4 });
    case 'map':
      return fc.array(fc.tuple(cellArbitrary(type.key), slotArbitrary(type.value, type['value-required'])), { maxLength: 3 });
  }
}

/** A cell that may be null unless required. */
function slotArbitrary(type: IcebergType, required: boolean): fc.Arbitrary<CellValue> {
  return required ? cellArbitrary(type) : fc.option(cellArbitrary(type), { nil: null, freq: 4 });
}

function primitiveCell(type: IcebergType): fc.Arbitrary<CellValue> {
  const decimal = decimalOf(type);
  if (decimal) {
    const limit = 10n ** BigInt(decimal.precision) - 1n;
    return fc.oneof(fc.bigInt({ min: -limit, max: limit }), fc.constantFrom(0n, 1n, -1n, limit, -limit));
  }
  const fixed = type === 'uuid' ? 16 : fixedLengthOf(type);
  if (fixed !== undefined) return fc.uint8Array({ minLength: fixed, maxLength: fixed });
  switch (type) {
    case 'boolean':
      return fc.boolean();
    case 'int':
    case 'date':
      return fc.oneof(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.constantFrom(0, -1, 7));
    case 'float':
      return fc.oneof(fc.float(), fc.constantFrom(0, -0, Number.NaN));
    case 'double':
      return fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN));
    case 'string':
      return fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.constantFrom('', 'a', 'ab', 'é', '🐉', '\uFFFF'));
    case 'binary':
      return fc.uint8Array({ maxLength: 90 });
    default:
      return fc.oneof(fc.bigInt(INT64), fc.constantFrom(0n, -1n, 5n));
  }
}

export interface Batch {
  readonly struct: StructType;
  readonly rows: readonly (readonly CellValue[])[];
  /** Some rows in some order. */
  readonly order: readonly number[];
}

/** A schema with rows of it and a selection of them. */
export const batchArbitrary: fc.Arbitrary<Batch> = structArbitrary.chain((struct) =>
  fc.array(cellArbitrary(struct) as fc.Arbitrary<CellValue[]>, { maxLength: 30 }).chain((rows) =>
    fc.record({
      struct: fc.constant(struct),
      rows: fc.constant(rows),
      order: fc.shuffledSubarray(rows.map((_, row) => row)),
    }),
  ),
);
