// The data files an entry brings into a table, ready to be committed (DESIGN §6):
//   - a file that was trimmed, or written under a schema or spec that is not the table's any more, is rewritten: its kept rows
//     under the current ones (rules "trimmed files rewritten", "old schema rewritten");
//   - a file older than an hour is looked up first, one older than a day is copied to a new name, as others' orphan removal may
//     be about to take it (rule "old files copied before commit");
//   - one that is neither under its name nor parked under `_firn/` parks the table (rule "missing file parks").
// What was rewritten is kept for the next attempt of the same commit: data is prepared once, metadata per attempt.
import { LIMITS } from '../contract/limits.ts';
import { contractPaths } from '../contract/names.ts';
import type { StructType } from '../contract/types.ts';
import { InputRefusedError } from '../errors.ts';
import { fromStagedFile } from '../iceberg/data-file-json.ts';
import { partitionStruct } from '../iceberg/manifest-schema.ts';
import { schemaHash, specHash } from '../iceberg/schema-hash.ts';
import type { DataFile, TableMetadata, TableSchema } from '../iceberg/types.ts';
import type { DecidedFile, DecidedTable, ParkReason } from '../ledger/entries.ts';
import { containsOffset, countOffsets } from '../ledger/ranges.ts';
import { keptOffsets } from '../ledger/trim.ts';
import { readColumns } from '../parquet/read.ts';
import type { Ports, Uri } from '../ports.ts';
import { visitPositions } from './row-positions.ts';
import { type FileNamer, fileNamer, type RowTarget, writeFile, writeRows } from './write-rows.ts';

export interface MaterialiseContext {
  readonly ports: Ports;
  readonly contractName: string;
  /** Lost file → the file a plan wrote in its place. */
  readonly instead: Readonly<Record<string, string>>;
  /** Rewritten and copied files of earlier attempts, by what they were made from; shared by the attempts of one commit. */
  readonly made: Map<string, readonly DataFile[]>;
  readonly nameFile: FileNamer;
}

export type Materialised =
  | { readonly kind: 'files'; readonly files: readonly DataFile[] }
  | { readonly kind: 'park'; readonly reason: ParkReason; readonly message: string };

export function newMaterialiseContext(given: Pick<MaterialiseContext, 'ports' | 'contractName' | 'instead'>): MaterialiseContext {
  return { ...given, made: new Map(), nameFile: fileNamer(given.ports) };
}

/** The files of one decided descriptor for one table. Cost: nothing for fresh files; a read and a write for each rewritten one. */
export async function materialiseFiles(
  context: MaterialiseContext,
  metadata: TableMetadata,
  decided: { readonly table: DecidedTable; readonly createdAtMs: number },
): Promise<Materialised> {
  const { table } = decided;
  if (table.tableUuid !== metadata['table-uuid']) {
    const message = `${table.table}: files were staged for table ${table.tableUuid}, the table is ${metadata['table-uuid']}`;
    return { kind: 'park', reason: 'table-recreated', message };
  }
  const target = targetOf(metadata);
  const isCurrent = table.schemaHash === schemaHash(target.schema) && table.specHash === specHash(target.spec);
  const ageMs = context.ports.clock.nowMs() - decided.createdAtMs;
  const files: DataFile[] = [];
  for (const file of table.files) {
    const late = lateTargetOf(metadata, target, file);
    const isCurrentLate = late !== undefined && table.schemaHash === schemaHash(late.schema);
    const one = await materialiseFile(context, late ?? target, {
      file,
      ageMs,
      isCurrent: late ? isCurrentLate : isCurrent && file.specId === target.spec['spec-id'],
    });
    if (one.kind === 'park') return { ...one, message: `${table.table}: ${one.message}` };
    files.push(...one.files);
  }
  return { kind: 'files', files };
}

/** Where a copy of a file that grew old before it was committed is kept: other engines' orphan removal skips such paths. */
export function parkedUri(ports: Ports, contractName: string, path: Uri): Uri {
  return `${contractPaths(ports.root, contractName).parked}${path.slice(path.lastIndexOf('/') + 1)}`;
}

/** What rows are written as into a table as it is now. */
export function targetOf(metadata: TableMetadata): RowTarget {
  const schema = metadata.schemas.find((candidate) => candidate['schema-id'] === metadata['current-schema-id'])!;
  const spec = metadata['partition-specs'].find((candidate) => candidate['spec-id'] === metadata['default-spec-id'])!;
  const order = metadata['sort-orders'].find((candidate) => candidate['order-id'] === metadata['default-sort-order-id'])!;
  return { location: metadata.location, struct: structOf(schema), schema, spec, sortOrder: order, properties: metadata.properties };
}

/** A late file stays under the unpartitioned spec it was staged under, also when it is rewritten: its rows are of many partitions. */
function lateTargetOf(metadata: TableMetadata, target: RowTarget, file: DecidedFile): RowTarget | undefined {
  const spec = metadata['partition-specs'].find((one) => one['spec-id'] === file.specId && one.fields.length === 0);
  return spec && { ...target, spec };
}

/** The struct of a partition tuple under the table's current spec. */
function partitionOf(target: RowTarget): StructType {
  return partitionStruct(target.spec, [target.schema]);
}

function structOf(schema: TableSchema): RowTarget['struct'] {
  return { type: 'struct', fields: schema.fields };
}

interface FileAtHand {
  readonly file: DecidedFile;
  readonly ageMs: number;
  readonly isCurrent: boolean;
}

async function materialiseFile(context: MaterialiseContext, target: RowTarget, given: FileAtHand): Promise<Materialised> {
  const { file, ageMs, isCurrent } = given;
  const path = context.instead[file.path] ?? file.path;
  // A recovery found its rows nowhere: they are counted as gone.
  if (path === '') return { kind: 'files', files: [] };
  const needsRewrite = file.keep !== 'all' || !isCurrent || path !== file.path;
  if (!needsRewrite && ageMs < LIMITS.fileCheckAgeMs) return { kind: 'files', files: [fromStagedFile(file, partitionOf(target))] };
  const key = `${path} ${JSON.stringify(file.keep)} ${schemaHash(target.schema)} ${specHash(target.spec)}`;
  const known = context.made.get(key);
  if (known) return { kind: 'files', files: known };
  if (!needsRewrite && ageMs < LIMITS.fileCopyAgeMs && (await context.ports.files.stat(path))) {
    return { kind: 'files', files: [fromStagedFile(file, partitionOf(target))] };
  }
  const bytes =
    (await context.ports.files.read(path)) ?? (await context.ports.files.read(parkedUri(context.ports, context.contractName, path)));
  if (!bytes) return { kind: 'park', reason: 'file-missing', message: `a decided data file is gone: ${path}` };
  const made = needsRewrite ? await rewriteFile(context, target, { file, bytes }) : await copyFile(context, target, { file, bytes });
  if (made.kind === 'files') context.made.set(key, made.files);
  return made;
}

async function copyFile(
  context: MaterialiseContext,
  target: RowTarget,
  given: { readonly file: DecidedFile; readonly bytes: Buffer },
): Promise<Materialised> {
  const path = context.nameFile(target);
  await writeFile(context.ports, path, given.bytes);
  return { kind: 'files', files: [{ ...fromStagedFile(given.file, partitionOf(target)), filePath: path }] };
}

async function rewriteFile(
  context: MaterialiseContext,
  target: RowTarget,
  given: { readonly file: DecidedFile; readonly bytes: Buffer },
): Promise<Materialised> {
  const kept = keptOffsets(given.file);
  try {
    const columns = await readColumns(given.bytes, target.struct);
    const rows: number[] = [];
    visitPositions(columns, target.struct, (position, row) => {
      if (!position) return;
      const held = kept.find(({ sourceId, partition }) => sourceId === position.sourceId && partition === position.partition);
      if (held && containsOffset(held.ranges, position.offset)) rows.push(row);
    });
    const expected = countOffsets(kept.flatMap(({ ranges }) => ranges));
    if (rows.length !== expected) {
      const message = `data file ${given.file.path} holds ${rows.length} of the ${expected} rows its entry keeps`;
      return { kind: 'park', reason: 'file-unreadable', message };
    }
    const written = await writeRows(context.ports, target, { columns, order: Uint32Array.from(rows), nameFile: context.nameFile });
    return { kind: 'files', files: written.map(({ file }) => file) };
  } catch (error) {
    if (!(error instanceof InputRefusedError)) throw error;
    return { kind: 'park', reason: 'file-unreadable', message: `data file ${given.file.path} cannot be read: ${error.message}` };
  }
}
