// Single values in their binary form, and Snappy blocks.
import { snappyCompress } from 'hyparquet-writer/src/snappy.js';
import type { IcebergType } from '../../../../src/contract/types.ts';
import { parseSchema } from '../../../../src/iceberg/schema-json.ts';
import { fromSingleValue, toSingleValue } from '../../../../src/iceberg/single-value.ts';
import { decompressSnappy } from '../../../../src/iceberg/snappy.ts';
import { expectShape } from '../samples.ts';
import { type FuzzTarget, frame, unframe } from '../types.ts';

const TYPES = [
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'date',
  'time',
  'timestamp',
  'timestamptz_ns',
  'string',
  'uuid',
  'binary',
  'fixed[3]',
  'decimal(9,2)',
  'decimal(38,10)',
  'unknown',
];
const SNAPPY_SIZE_MAX = 1 << 20;

function readSingleValue(input: Uint8Array): void {
  const framed = unframe(input);
  if (!framed) return;
  const type: IcebergType = parseSchema({ type: 'struct', fields: [{ id: 1, name: 'c', required: false, type: framed.head }] }).fields[0]!
    .type;
  if (typeof type !== 'string') return;
  const cell = fromSingleValue(type, framed.body);
  expectShape(cell !== undefined, 'a value');
  if (cell !== null) expectShape(toSingleValue(type, cell) instanceof Uint8Array, 'a value that can be written');
}

export const VALUE_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'single-value',
    family: 'values',
    shape: 'json+bytes',
    seeds: () => TYPES.flatMap((type) => [1, 3, 4, 8, 16].map((length) => frame(type, Buffer.alloc(length, 0x41)))),
    run: readSingleValue,
  },
  {
    name: 'snappy',
    family: 'values',
    shape: 'bytes',
    seeds: () => ['', 'a', 'abc'.repeat(40), 'x'.repeat(70_000)].map((text) => Buffer.from(snappyCompress(Buffer.from(text)))),
    run: (input) => expectShape(decompressSnappy(input, SNAPPY_SIZE_MAX).length <= SNAPPY_SIZE_MAX, 'no more bytes than were asked for'),
  },
];
