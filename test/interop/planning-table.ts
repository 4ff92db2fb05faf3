// The table of suite `planning`: every primitive type that all judges read, written in rounds between which its schema and its partition
// spec evolve in every way, rows from small domains so that filters split it.
import { rmSync } from 'node:fs';
import type { CellValue, NestedField, PrimitiveType, StructType } from '../../src/contract/types.ts';
import { prepareAppend } from '../../src/iceberg/append.ts';
import { currentSchema } from '../../src/iceberg/evolve.ts';
import { loadTable } from '../../src/iceberg/load-table.ts';
import { prepareUpdate } from '../../src/iceberg/table-updates.ts';
import type { DataFile, TableMetadata } from '../../src/iceberg/types.ts';
import { type PartitionChange, updatePartition } from '../../src/iceberg/update-partition.ts';
import { type SchemaChange, updateSchema } from '../../src/iceberg/update-schema.ts';
import { makeLocalPorts } from '../../src/local/system.ts';
import type { Ports } from '../../src/ports.ts';
import { commit, openTable, stateOf, writeRows } from './library-table.ts';

export interface PlanningTable {
  readonly ports: Ports;
  readonly metadata: TableMetadata;
  readonly metadataLocation: string;
}

const DOMAINS: Readonly<Record<string, readonly CellValue[]>> = {
  boolean: [true, false],
  int: [-(2 ** 31), -11, -10, -1, 0, 3, 9, 10, 99, 2 ** 31 - 1],
  long: [-(2n ** 63n), -11n, -1n, 0n, 9n, 10n, 2n ** 40n, 2n ** 63n - 1n],
  float: [NaN, -0, 0, -1.5, 2.25, Infinity],
  double: [NaN, -0, 0, -1e300, 0.1, 7, -Infinity],
  date: [-400, -31, -1, 0, 1, 364, 20_000],
  time: [0n, 1n, 43_200_000_000n, 86_399_999_999n],
  timestamp: [-86_400_000_001n, -1n, 0n, 3_599_999_999n, 1_700_000_000_000_000n],
  timestamptz: [-86_400_000_001n, -1n, 0n, 3_600_000_000n, 1_700_000_000_000_000n],
  string: ['', 'a', 'ab', 'abc', 'abcdefghijklmnopqrstuvwxyz', 'b', 'é', '\u{10FFFF}', '\u{FFFF}z', 'zzzz'],
  uuid: [1, 0x7f, 0x80, 0xff].map((first) => Uint8Array.from({ length: 16 }, (_, i) => (i === 0 ? first : i))),
  binary: [[], [0], [0, 1, 2], [0xff, 0xff], [0x7f, 0x80, 0x81, 0x82]].map((bytes) => Uint8Array.from(bytes)),
  'fixed[3]': [
    [0, 0, 0],
    [0x80, 0, 1],
    [0xff, 0xff, 0xff],
  ].map((bytes) => Uint8Array.from(bytes)),
  'decimal(9,2)': [-999_999_999n, -1_065n, -1n, 0n, 5n, 1_065n],
  'decimal(38,10)': [1n - 10n ** 38n, -1n, 0n, 10n ** 20n],
};
const COLUMNS = Object.keys(DOMAINS).map(
  (type, i): NestedField => ({ id: i + 1, name: `c_${type.replace(/\W+/g, '_')}`, required: false, type: type as PrimitiveType }),
);

interface Round {
  readonly schema: readonly SchemaChange[];
  readonly partition: readonly PartitionChange[];
}

/** Before each round of appends. */
const ROUNDS: readonly Round[] = [
  { schema: [], partition: [] },
  {
    schema: [
      { kind: 'widen', column: 'c_int', type: 'long' },
      { kind: 'widen', column: 'c_float', type: 'double' },
      { kind: 'widen', column: 'c_decimal_9_2_', type: 'decimal(18,2)' },
      { kind: 'rename', column: 'c_string', name: 'label' },
      { kind: 'add', name: 'added', type: 'int', doc: 'of later rows' },
      { kind: 'move', column: 'c_date', to: 'first' },
    ],
    partition: [
      { kind: 'remove', name: 'c_date_month' },
      { kind: 'add', column: 'c_timestamptz', transform: 'hour' },
      { kind: 'add', column: 'label', transform: 'truncate[2]' },
    ],
  },
  {
    schema: [
      { kind: 'drop', column: 'c_boolean' },
      { kind: 'add', name: 'c_boolean', type: 'boolean' },
      { kind: 'make-optional', column: 'added' },
    ],
    partition: [
      { kind: 'remove', name: 'c_timestamptz_hour' },
      { kind: 'remove', name: 'label_trunc_2' },
      { kind: 'remove', name: 'c_int_bucket_4' },
      { kind: 'add', column: 'c_int', transform: 'truncate[10]' },
      { kind: 'add', column: 'c_boolean', transform: 'identity' },
    ],
  },
];
const APPENDS_PER_ROUND = 2;
const ROWS_PER_APPEND = 40;

/** Writes the table anew. `random` gives numbers in [0, 1). */
export async function writePlanningTable(warehouse: string, random: () => number): Promise<PlanningTable> {
  rmSync(warehouse, { recursive: true, force: true });
  const ports = makeLocalPorts({ warehouse });
  const table = await openTable(ports, {
    namespace: 'planning',
    name: 'evolved',
    struct: { type: 'struct', fields: COLUMNS },
    partition: [
      { column: 'c_int', transform: 'bucket[4]', name: 'c_int_bucket_4' },
      { column: 'c_date', transform: 'month', name: 'c_date_month' },
    ],
    formatVersion: 2,
  });
  for (const round of ROUNDS) {
    await commit(table, 'evolve', (base) =>
      prepareUpdate(base, (metadata) => updatePartition(updateSchema(metadata, round.schema), round.partition)),
    );
    for (let i = 0; i < APPENDS_PER_ROUND; i++) {
      const add = await writeFiles(ports, await stateOf(table), random);
      await commit(table, 'append', (base) => prepareAppend({ ...base, add, summary: {} }));
    }
  }
  const { pointer, metadata } = (await loadTable(ports, table.identifier))!;
  return { ports, metadata, metadataLocation: pointer.metadataLocation };
}

/** Cells a column's rows are drawn from, in the type it has now. */
export function domainOf(field: NestedField): readonly CellValue[] {
  const widened: Readonly<Record<number, string>> = { 2: 'int', 4: 'float', 14: 'decimal(9,2)' };
  const cells = DOMAINS[widened[field.id] ?? String(field.type)]!;
  return field.type === 'long' ? cells.map((cell) => BigInt(cell as number | bigint)) : cells;
}

async function writeFiles(ports: Ports, metadata: TableMetadata, random: () => number): Promise<readonly DataFile[]> {
  const schema: StructType = currentSchema(metadata);
  const rows = Array.from({ length: ROWS_PER_APPEND }, () =>
    schema.fields.map((field) => {
      const domain = domainOf(field);
      return random() < 0.1 ? null : domain[Math.floor(random() * domain.length)]!;
    }),
  );
  return writeRows(ports, { metadata, schema, rows });
}
