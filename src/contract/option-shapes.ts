// Keys of `logicalTypeOptions` by logical type, as data. Source: ODCS JSON Schema v3.0.2 and v3.1.0, SchemaBaseProperty.
import type { Shape } from './shape.ts';

const strings: Shape = { list: 'text' };
const bounds = (shape: Shape): Readonly<Record<string, Shape>> => {
  // v3.0 wrote the exclusive bounds as flags beside the bound.
  const exclusive: Shape = { either: ['flag', shape] };
  return { minimum: shape, maximum: shape, exclusiveMinimum: exclusive, exclusiveMaximum: exclusive };
};

/** Keys of `logicalTypeOptions` by logical type. */
export const OPTION_SHAPES: Readonly<Record<string, Readonly<Record<string, Shape>>>> = {
  string: { minLength: 'count', maxLength: 'count', pattern: 'text', format: 'text' },
  date: { format: 'text', ...bounds('text') },
  timestamp: { format: 'text', ...bounds('text'), timezone: 'flag', defaultTimezone: 'text' },
  time: { format: 'text', ...bounds('text'), timezone: 'flag', defaultTimezone: 'text' },
  integer: {
    ...bounds('number'),
    multipleOf: 'number',
    format: { words: ['i8', 'i16', 'i32', 'i64', 'i128', 'u8', 'u16', 'u32', 'u64', 'u128'] },
  },
  number: { ...bounds('number'), multipleOf: 'number', format: { words: ['f32', 'f64'] } },
  object: { maxProperties: 'count', minProperties: 'count', required: strings },
  array: { maxItems: 'count', minItems: 'count', uniqueItems: 'flag' },
  boolean: {},
  map: {},
};

/** Logical types by version of the standard; the last two of v3.2. */
export const LOGICAL_TYPES = [
  'string',
  'date',
  'timestamp',
  'time',
  'number',
  'integer',
  'object',
  'array',
  'boolean',
  'map',
  'vector',
] as const;
