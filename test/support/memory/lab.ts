// One process of a test: ports, contract, and the jobs in one word each; and the truth about what the tables of the world hold.

import { readRow } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { currentSchema } from '../../../src/iceberg/evolve.ts';
import { identifierOf, loadTable } from '../../../src/iceberg/load-table.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import { auditTable } from '../../../src/jobs/audit-table.ts';
import { commitContract } from '../../../src/jobs/commit-contract.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { landBatch } from '../../../src/jobs/land-batch.ts';
import { loadLedger } from '../../../src/jobs/load-ledger.ts';
import type { AuditReport, CommitResult, LandBatchRequest, LandBatchResult } from '../../../src/jobs/types.ts';
import { readColumns } from '../../../src/parquet/read.ts';
import type { Ports } from '../../../src/ports.ts';
import { type GameRecord, gameContract, gameRecords } from './game.ts';
import { type MemoryPorts, type MemoryPortsOptions, makeMemoryPorts } from './ports.ts';

export const GAME_TABLE = 'game.events';
export const GAME_QUARANTINE = 'game.events__quarantine';

export interface Lab extends MemoryPorts {
  land(records: readonly GameRecord[], options?: { readonly version?: 1 | 2 } & Partial<LandBatchRequest>): Promise<LandBatchResult>;
  commit(): Promise<CommitResult>;
}

/** A process over its ports. */
export function makeLab(options: MemoryPortsOptions = {}): Lab {
  const memory = makeMemoryPorts(options);
  const { ports } = memory;
  return {
    ...memory,
    land: (records, { version, ...rest } = {}) =>
      landBatch({
        ports,
        contract: gameContract(version ?? 1),
        records: gameRecords(records),
        deadline: startDeadline(ports.clock, LIMITS.landDeadlineMs),
        ...rest,
      }),
    commit: () => commitContract({ ports, contractName: 'game.events', deadline: startDeadline(ports.clock, LIMITS.commitDeadlineMs) }),
  };
}

/** A process whose first batch, from offset 0, has landed and is committed. */
export async function landed(kinds: string, options: MemoryPortsOptions = {}): Promise<Lab> {
  const lab = makeLab(options);
  await lab.land(records(kinds));
  await lab.commit();
  return lab;
}

/** A process without faults over the same world: what a test looks with. */
export function observer(world: MemoryPorts['world']): Lab {
  return makeLab({ world, process: `observer-${world.objects.size}`, seed: 99 });
}

/** Rows of a table as `partition:offset:id`, sorted; of the quarantine without the id. Reads all live files; deletes are not applied. */
export async function rowsOf(ports: Ports, table: string): Promise<string[]> {
  const loaded = await loadTable(ports, identifierOf(table));
  if (!loaded) return [];
  const schema = currentSchema(loaded.metadata);
  const layout = layoutOf(schema);
  const rows: string[] = [];
  for (const { file } of await planScan({ metadata: loaded.metadata, files: ports.files })) {
    const bytes = await ports.files.read(file.filePath);
    if (!bytes) throw new Error(`live file missing: ${file.filePath}`);
    const columns = await readColumns(bytes, schema);
    if (columns.rows !== file.recordCount) throw new Error(`${file.filePath} has ${columns.rows} rows, its entry says ${file.recordCount}`);
    for (let row = 0; row < columns.rows; row++) {
      const cells = readRow(columns, layout, row);
      const cell = (name: string) => cells[schema.fields.findIndex((field) => field.name === name)];
      rows.push([cell('kafka_partition'), cell('kafka_offset'), cell('id') ?? ''].join(':'));
    }
  }
  return rows.sort();
}

/** `partition:offset:id` as `rowsOf` gives them. */
export function rowText(record: GameRecord, table = GAME_TABLE): string {
  return [record.partition, record.offset, table === GAME_TABLE ? record.id : ''].join(':');
}

export async function audit(ports: Ports): Promise<AuditReport> {
  return auditTable({ ports, contractName: 'game.events' });
}

export async function ledgerOf(ports: Ports) {
  return loadLedger({ ports, contractName: 'game.events' });
}

/** Kinds as consecutive offsets of a partition: `records('abx', { offset: 5 })`. */
export function records(kinds: string, at: { readonly partition?: number; readonly offset?: number } = {}): GameRecord[] {
  const partition = at.partition ?? 0;
  return [...kinds].flatMap((kind, i) => {
    const offset = (at.offset ?? 0) + i;
    const timestampMs = Date.UTC(2026, 0, 1) + partition * 10_000_000 + offset * 1000;
    return kind === '.' ? [] : [{ partition, offset, kind: kind as GameRecord['kind'], id: `p${partition}-${offset}`, timestampMs }];
  });
}
