// Forms that older writers left in tables that live on: timestamps of twelve bytes (INT96, of Spark and Impala), and lists of two levels
// (of parquet-avro, Hive and Thrift writers). The files are made byte by byte, as no writer at hand still makes all of them.
// Source: parquet.thrift, INT96; parquet-format, LogicalTypes.md, "Lists", "Backward-compatibility rules".
import { describe, expect, it } from 'vitest';
import { readRow } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import type { CellValue, StructType } from '../../../src/contract/types.ts';
import { InputRefusedError } from '../../../src/errors.ts';
import { readColumns } from '../../../src/parquet/read.ts';
import { ThriftWriter } from '../../../src/parquet/thrift.ts';
import { pageFile } from '../../support/fuzz/page-file.ts';
import { field, listOf, structOf } from './all-types.ts';

async function readRows(bytes: Uint8Array, schema: StructType): Promise<CellValue[][]> {
  const set = await readColumns(bytes, schema);
  const layout = layoutOf(schema);
  return Array.from({ length: set.rows }, (_, row) => readRow(set, layout, row));
}

describe('timestamps of twelve bytes', () => {
  const DAY_NS = 86_400_000_000_000n;

  /** Nanoseconds of the day, then the Julian day. */
  function int96(nanos: bigint): Buffer {
    const ofDay = ((nanos % DAY_NS) + DAY_NS) % DAY_NS;
    const bytes = Buffer.alloc(12);
    bytes.writeBigInt64LE(ofDay);
    bytes.writeInt32LE(Number((nanos - ofDay) / DAY_NS) + 2_440_588, 8);
    return bytes;
  }

  function fileOf(ice: 'timestamp' | 'timestamptz' | 'timestamp_ns' | 'long', values: readonly Buffer[]) {
    const [body, count] = [Buffer.concat(values), values.length];
    const page = { kind: 'v1', encoding: 'PLAIN', values: count, size: body.length };
    const head = { type: 'INT96', ice, isRequired: true, codec: 'UNCOMPRESSED', entries: count, rows: count, pages: [page] };
    return pageFile(head, body)!;
  }

  const NANOS = [
    0n,
    1n,
    1_700_000_000_123_456_789n,
    -1n,
    -1_999n,
    -DAY_NS,
    -DAY_NS - 1n,
    BigInt(Date.UTC(9999, 11, 31, 23, 59, 59)) * 1_000_000n,
  ];

  it.each(['timestamp', 'timestamptz'] as const)('are microseconds of %s, rounded down on both sides of 1970', async (ice) => {
    const { bytes, schema } = fileOf(ice, NANOS.map(int96));
    const floored = NANOS.map((nanos) => (nanos - (((nanos % 1_000n) + 1_000n) % 1_000n)) / 1_000n);
    expect(floored.slice(3, 5)).toEqual([-1n, -2n]);
    expect(await readRows(bytes, schema)).toEqual(floored.map((micros) => [micros]));
  });

  it('are exact as nanoseconds, and refused where they do not fit', async () => {
    const fitting = NANOS.slice(0, -1);
    const { bytes, schema } = fileOf('timestamp_ns', fitting.map(int96));
    expect(await readRows(bytes, schema)).toEqual(fitting.map((nanos) => [nanos]));
    const beyond = fileOf('timestamp_ns', NANOS.slice(-1).map(int96));
    await expect(readColumns(beyond.bytes, beyond.schema)).rejects.toThrow(InputRefusedError);
  });

  it('are no number', async () => {
    const { bytes, schema } = fileOf('long', NANOS.map(int96));
    await expect(readColumns(bytes, schema)).rejects.toThrow(InputRefusedError);
  });
});

interface Element {
  readonly name: string;
  readonly repetition: 'required' | 'optional' | 'repeated';
  /** Children of a group; a leaf of int32 when left out. */
  readonly children?: readonly Element[];
  readonly isList?: boolean;
  readonly id?: number;
}

interface Leaf {
  readonly path: readonly string[];
  readonly repetition: readonly number[];
  readonly definition: readonly number[];
  readonly values: readonly number[];
}

const REPETITION = { required: 0, optional: 1, repeated: 2 } as const;

/** A file of one row group and one page a leaf. */
function fileOf(column: Element, rows: number, leaves: readonly Leaf[]): Buffer {
  const chunks = leaves.map((leaf) => pageOf(leaf));
  const starts = chunks.map((_, i) => 4 + chunks.slice(0, i).reduce((sum, chunk) => sum + chunk.length, 0));
  const elements = (element: Element): Element[] => [element, ...(element.children ?? []).flatMap(elements)];
  const thrift = new ThriftWriter();
  thrift.i32(1, 1);
  thrift.structList(2, [undefined, ...elements(column)], (element) => {
    if (element && !element.children) thrift.i32(1, 1);
    if (element) thrift.i32(3, REPETITION[element.repetition]);
    thrift.string(4, element?.name ?? 'root');
    const children = element ? element.children?.length : 1;
    if (children) thrift.i32(5, children);
    if (element?.isList) thrift.i32(6, 3);
    if (element?.id) thrift.i32(9, element.id);
  });
  thrift.i64(3, rows);
  thrift.structList(4, [0], () => {
    thrift.structList(1, leaves, (leaf) => {
      const i = leaves.indexOf(leaf);
      thrift.i64(2, 0);
      thrift.struct(3, () => {
        thrift.i32(1, 1);
        thrift.i32List(2, [0]);
        thrift.binaryList(
          3,
          leaf.path.map((name) => Buffer.from(name)),
        );
        thrift.i32(4, 0);
        thrift.i64(5, leaf.definition.length);
        thrift.i64(6, chunks[i]!.length);
        thrift.i64(7, chunks[i]!.length);
        thrift.i64(9, starts[i]!);
      });
    });
    thrift.i64(2, 0);
    thrift.i64(3, rows);
  });
  const footer = thrift.finish();
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([Buffer.from('PAR1'), ...chunks, footer, length, Buffer.from('PAR1')]);
}

function pageOf({ repetition, definition, values }: Leaf): Buffer {
  const plain = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) plain.writeInt32LE(value, i * 4);
  const body = Buffer.concat([levels(repetition), levels(definition), plain]);
  const thrift = new ThriftWriter();
  thrift.i32(1, 0);
  thrift.i32(2, body.length);
  thrift.i32(3, body.length);
  thrift.struct(5, () => {
    for (const [id, value] of [definition.length, 0, 3, 3].entries()) thrift.i32(id + 1, value);
  });
  return Buffer.concat([thrift.finish(), body]);
}

/** One run of one for each level, behind their length. */
function levels(all: readonly number[]): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(all.length * 2);
  return Buffer.concat([length, Buffer.from(all.flatMap((level) => [1 << 1, level]))]);
}

describe('lists of two levels', () => {
  const INTS = structOf(field(1, 'c', listOf(2, 'int')));
  // null · empty · one · three
  const LEVELS = { repetition: [0, 0, 0, 0, 1, 1], definition: [0, 1, 2, 2, 2, 2], values: [5, 7, 8, 9] };
  const WANTED = [[null], [[]], [[5]], [[7, 8, 9]]];

  it.each(['array', 'c_tuple', 'element', 'list', 'anything'])('have their repeated leaf, named %s, as the element', async (name) => {
    const column: Element = { name: 'c', repetition: 'optional', isList: true, id: 1, children: [{ name, repetition: 'repeated' }] };
    expect(await readRows(fileOf(column, 4, [{ path: ['c', name], ...LEVELS }]), INTS)).toEqual(WANTED);
  });

  it('have a repeated group of several fields as the element', async () => {
    const members: Element[] = [
      { name: 'x', repetition: 'required', id: 3 },
      { name: 'y', repetition: 'optional', id: 4 },
    ];
    const group: Element = { name: 'list', repetition: 'repeated', children: members };
    const column: Element = { name: 'c', repetition: 'optional', isList: true, id: 1, children: [group] };
    const y = { ...LEVELS, definition: [0, 1, 2, 3, 2, 3], values: [70, 90] };
    const bytes = fileOf(column, 4, [
      { path: ['c', 'list', 'x'], ...LEVELS },
      { path: ['c', 'list', 'y'], ...y },
    ]);
    const schema = structOf(field(1, 'c', listOf(2, structOf(field(3, 'x', 'int'), field(4, 'y', 'int')))));
    expect(await readRows(bytes, schema)).toEqual([
      [null],
      [[]],
      [[[5, null]]],
      [
        [
          [7, 70],
          [8, null],
          [9, 90],
        ],
      ],
    ]);
  });

  it.each(['array', 'c_tuple'])('have a repeated group of one field as the element where it is named %s', async (name) => {
    const group: Element = { name, repetition: 'repeated', children: [{ name: 'x', repetition: 'required', id: 3 }] };
    const column: Element = { name: 'c', repetition: 'optional', isList: true, id: 1, children: [group] };
    const schema = structOf(field(1, 'c', listOf(2, structOf(field(3, 'x', 'int')))));
    const bytes = fileOf(column, 4, [{ path: ['c', name, 'x'], ...LEVELS }]);
    expect(await readRows(bytes, schema)).toEqual([[null], [[]], [[[5]]], [[[7], [8], [9]]]]);
  });

  it('are lists of three levels where the repeated group of one field has any other name', async () => {
    const group: Element = { name: 'bag', repetition: 'repeated', children: [{ name: 'array_element', repetition: 'optional' }] };
    const column: Element = { name: 'c', repetition: 'optional', isList: true, id: 1, children: [group] };
    const leaf = { path: ['c', 'bag', 'array_element'], repetition: LEVELS.repetition, definition: [0, 1, 3, 3, 2, 3], values: [5, 7, 9] };
    expect(await readRows(fileOf(column, 4, [leaf]), INTS)).toEqual([[null], [[]], [[5]], [[7, null, 9]]]);
  });
});
