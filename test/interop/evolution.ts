// Suite `evolution`: tables whose nested schema and specs changed in every way between appends (version 2), and tables of what version 3
// brings: nanoseconds, defaults, `unknown`, promoted dates, deletion vectors. Firn's own scan and the other engines must show every value
// as written out by hand. `node test/interop/evolution.ts` runs it alone. Upholds promise 6 (conformant).
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readRow } from '../../src/column-cells.ts';
import { type CellValue, decimalOf, type IcebergType } from '../../src/contract/types.ts';
import { currentSchema } from '../../src/iceberg/evolve.ts';
import { planScan } from '../../src/iceberg/scan.ts';
import { newDeletesReader } from '../../src/jobs/read-deletes.ts';
import { readTask } from '../../src/jobs/read-task.ts';
import { makeLocalPorts } from '../../src/local/system.ts';
import type { Ports } from '../../src/ports.ts';
import { type Canonical, ofDouble, ofMap } from './canonical.ts';
import { type Checks, makeChecks } from './checks.ts';
import { writeNested } from './evolution-nested.ts';
import { type EvolvingTable, NAMESPACE } from './evolution-table.ts';
import { writePromoted, writeVersion3 } from './evolution-version3.ts';
import { stateOf } from './library-table.ts';
import { INTEROP_HOME } from './processes.ts';
import { checkReaders } from './readers.ts';

export const EVOLUTION_WAREHOUSE = join(INTEROP_HOME, 'work/evolution/warehouse');

interface Scenario {
  readonly name: string;
  readonly write: (ports: Ports, name: string) => Promise<EvolvingTable>;
  readonly isReadableByDuckdb: boolean;
}

const SCENARIOS: readonly Scenario[] = [
  { name: 'nested', write: writeNested, isReadableByDuckdb: true },
  // DuckDB 1.5.5 has no timestamptz_ns.
  { name: 'version3', write: writeVersion3, isReadableByDuckdb: false },
];

/** Writes the tables, reads them back, and has them read. */
export async function checkEvolution(checks: Checks): Promise<void> {
  rmSync(join(EVOLUTION_WAREHOUSE, '..'), { recursive: true, force: true });
  const ports = makeLocalPorts({ warehouse: EVOLUTION_WAREHOUSE });
  const written = [];
  for (const { name, write, isReadableByDuckdb } of SCENARIOS) {
    const table = await write(ports, name);
    await checkOwnScan(checks, table);
    written.push({ table: `${NAMESPACE}.${name}`, rows: [...table.expected.values()], isReadableByDuckdb });
  }
  await checkReaders(checks, EVOLUTION_WAREHOUSE, written);
  // In a warehouse of its own, which no judge is given: Iceberg's Java library 1.12.0 reads a promoted date as a date.
  const alone = makeLocalPorts({ warehouse: join(EVOLUTION_WAREHOUSE, '../promoted') });
  await checkOwnScan(checks, await writePromoted(alone, 'promoted'));
}

async function checkOwnScan(checks: Checks, table: EvolvingTable): Promise<void> {
  const { files } = table.ports;
  const metadata = await stateOf(table);
  const schema = currentSchema(metadata);
  const deletes = newDeletesReader(files, metadata);
  const rows: Record<string, Canonical>[] = [];
  for (const task of await planScan({ metadata, files })) {
    const read = await readTask({ files, metadata, task, struct: schema, schema, deletes });
    for (const row of read.rows) {
      const cells = readRow(read.columns, read.layout, row);
      rows.push(Object.fromEntries(schema.fields.map(({ name, type }, i) => [name, canonicalOf(type, cells[i]!)])));
    }
  }
  rows.sort((a, b) => Number(a['kafka_offset']) - Number(b['kafka_offset']));
  await checks.equal(`Firn's scan reads ${table.identifier.name} value for value`, rows, [...table.expected.values()]);
}

function canonicalOf(type: IcebergType, cell: CellValue): Canonical {
  if (cell === null || typeof cell === 'boolean') return cell;
  if (typeof type === 'object') {
    const parts = cell as readonly CellValue[];
    switch (type.type) {
      case 'struct':
        return Object.fromEntries(type.fields.map((field, i) => [field.name, canonicalOf(field.type, parts[i]!)]));
      case 'list':
        return parts.map((one) => canonicalOf(type.element, one));
      case 'map': {
        const entries = parts as unknown as readonly (readonly [CellValue, CellValue])[];
        return ofMap(entries.map(([key, value]) => [canonicalOf(type.key, key), canonicalOf(type.value, value)]));
      }
    }
  }
  if (type === 'float' || type === 'double') return ofDouble(cell as number);
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString('hex');
  const decimal = decimalOf(type);
  return decimal ? `${cell}e-${decimal.scale}` : String(cell);
}

if (process.argv[1]?.endsWith('evolution.ts')) {
  const checks = makeChecks();
  await checkEvolution(checks);
  process.stdout.write(`evolution: ${checks.passed} passed, ${checks.failed} failed\n`);
  process.exitCode = checks.failed > 0 ? 1 : 0;
}
