// Which rows of a data file are deleted: position delete files, deletion vectors and equality delete files of a scan task, together.
// Each delete file is read once per reader, however many data files it is about; what is kept is bounded by LIMITS.deleteKeysMax.
// Source: Iceberg specification, "Position Delete Files", "Equality Delete Files", "Deletion Vectors".
import { readCell } from '../column-cells.ts';
import { type ColumnSet, type Layout, layoutOf } from '../columns.ts';
import { LIMITS } from '../contract/limits.ts';
import type { StructType } from '../contract/types.ts';
import { InputRefusedError } from '../errors.ts';
import { loadDeletionVector } from '../iceberg/deletion-vector.ts';
import { schemasNewestFirst } from '../iceberg/manifest-write.ts';
import { plainPath } from '../iceberg/plain-path.ts';
import { RESERVED_FIELDS } from '../iceberg/reserved-fields.ts';
import { hasPosition, type PositionSet, positionSetOf } from '../iceberg/roaring.ts';
import type { ScanTask } from '../iceberg/scan.ts';
import { fieldsById } from '../iceberg/schema-fields.ts';
import { selectFields } from '../iceberg/select-fields.ts';
import { partitionKey } from '../iceberg/snapshot-summary.ts';
import type { DataFile, TableMetadata } from '../iceberg/types.ts';
import { readColumns } from '../parquet/read.ts';
import type { FileStore } from '../ports.ts';
import { readFileColumns } from './read-file.ts';

/** Is the row of this place in the file deleted? */
export type IsDeleted = (row: number) => boolean;

/** Tells of each scan task which of its rows are deleted; `bytes` is the whole data file. Throws InputRefusedError for what cannot be read. */
export type DeletesReader = (task: Pick<ScanTask, 'file' | 'deletes'>, bytes: Uint8Array) => Promise<IsDeleted>;

/** A reader for the tasks of one scan. */
export function newDeletesReader(files: FileStore, metadata: TableMetadata): DeletesReader {
  const cache: Cache = { files, metadata, positions: new Map(), keys: new Map(), kept: 0 };
  return async (task, bytes) => {
    const sets: PositionSet[] = [];
    const tests: IsDeleted[] = [];
    for (const deletes of task.deletes) {
      if (deletes.content === 2) tests.push(await equalRows(cache, { deletes, data: task.file, bytes }));
      else if (deletes.fileFormat === 'PUFFIN') sets.push(await vectorOf(cache, deletes));
      else {
        const set = (await positionsOf(cache, deletes)).get(plainPath(task.file.filePath));
        if (set) sets.push(set);
      }
    }
    return (row) => sets.some((set) => hasPosition(set, row)) || tests.some((test) => test(row));
  };
}

interface Cache {
  readonly files: FileStore;
  readonly metadata: TableMetadata;
  /** Positions by data file, by delete file. */
  readonly positions: Map<string, ReadonlyMap<string, PositionSet>>;
  readonly keys: Map<string, EqualityKeys>;
  kept: number;
}

interface EqualityKeys {
  readonly struct: StructType;
  readonly keys: ReadonlySet<string>;
}

const POSITION_DELETE: StructType = {
  type: 'struct',
  fields: RESERVED_FIELDS.filter(({ name }) => name === 'file_path' || name === 'pos'),
};

async function vectorOf({ files }: Cache, deletes: DataFile): Promise<PositionSet> {
  // A missing file is the table's damage here, not a table that moved on: the scan was planned from one snapshot.
  if (!(await files.stat(deletes.filePath))) throw missing(deletes);
  return loadDeletionVector(files, deletes);
}

async function positionsOf(cache: Cache, deletes: DataFile): Promise<ReadonlyMap<string, PositionSet>> {
  const known = cache.positions.get(deletes.filePath);
  if (known) return known;
  const columns = await readDeletes(cache, deletes, POSITION_DELETE);
  const layout = layoutOf(POSITION_DELETE);
  const byPath = new Map<string, number[]>();
  for (let row = 0; row < columns.rows; row++) {
    const path = plainPath(String(readCell(columns, layout, { slot: 0, row })));
    const positions = byPath.get(path);
    const position = Number(readCell(columns, layout, { slot: 1, row }));
    if (!(position >= 0 && position <= Number.MAX_SAFE_INTEGER)) throw impossible(deletes);
    if (positions) positions.push(position);
    else byPath.set(path, [position]);
  }
  const sets = new Map([...byPath].map(([path, positions]) => [path, positionSetOf(positions)]));
  cache.positions.set(deletes.filePath, sets);
  return sets;
}

async function equalRows(
  cache: Cache,
  { deletes, data, bytes }: { readonly deletes: DataFile; readonly data: DataFile; readonly bytes: Uint8Array },
): Promise<IsDeleted> {
  const { struct, keys } = await keysOf(cache, deletes);
  const columns = await readFileColumns({ bytes, file: data, metadata: cache.metadata, struct });
  const keyOf = keyReader(columns, struct, deletes);
  return (row) => keys.has(keyOf(row));
}

async function keysOf(cache: Cache, deletes: DataFile): Promise<EqualityKeys> {
  const known = cache.keys.get(deletes.filePath);
  if (known) return known;
  const struct = keyStruct(cache.metadata, deletes);
  const columns = await readDeletes(cache, deletes, struct);
  const keyOf = keyReader(columns, struct, deletes);
  const keys = new Set<string>();
  for (let row = 0; row < columns.rows; row++) keys.add(keyOf(row));
  const made = { struct, keys };
  cache.keys.set(deletes.filePath, made);
  return made;
}

/** The columns of an equality delete; one that was dropped since still tells rows apart, so the newest schema that has all is used. */
function keyStruct(metadata: TableMetadata, deletes: DataFile): StructType {
  const ids = new Set(deletes.equalityIds ?? []);
  const schema = schemasNewestFirst(metadata).find((one) => {
    const fields = fieldsById(one);
    return [...ids].every((id) => fields.get(id)?.isRepeated === false);
  });
  if (schema && ids.size > 0) return selectFields(schema, ids);
  throw new InputRefusedError(`equality deletes cannot be applied: no schema of the table has all their columns; rewrite the deletes`, {
    code: 'equality-columns',
    details: { uri: deletes.filePath },
  });
}

/** Text that is equal for equal keys: null equals null, NaN equals NaN, -0.0 differs from 0.0, as in the reference implementation. */
function keyReader(columns: ColumnSet, struct: StructType, deletes: DataFile): (row: number) => string {
  const layout: Layout = layoutOf(struct);
  const slots = (deletes.equalityIds ?? []).map((id) => layout.slots.find((slot) => slot.field.id === id)!.slot);
  return (row) => partitionKey({ specId: 0, partition: slots.map((slot) => readCell(columns, layout, { slot, row })) });
}

async function readDeletes(cache: Cache, deletes: DataFile, struct: StructType): Promise<ColumnSet> {
  if (deletes.fileFormat !== 'PARQUET') {
    throw new InputRefusedError(
      `deletes in a file of format ${deletes.fileFormat} cannot be read here: expected PARQUET; rewrite the deletes`,
      {
        code: 'delete-file-format',
        details: { uri: deletes.filePath },
      },
    );
  }
  cache.kept += deletes.recordCount;
  if (cache.kept > LIMITS.deleteKeysMax) {
    throw new InputRefusedError(`the deletes of a scan are more than ${LIMITS.deleteKeysMax} rows; rewrite the table's deletes first`, {
      code: 'deletes-too-many',
      details: { uri: deletes.filePath },
    });
  }
  const bytes = await cache.files.read(deletes.filePath);
  if (!bytes) throw missing(deletes);
  return readColumns(bytes, struct);
}

function impossible(deletes: DataFile): InputRefusedError {
  return new InputRefusedError('a position delete file names a row position that no file has: expected 0 or more; rewrite the deletes', {
    code: 'delete-position',
    details: { uri: deletes.filePath },
  });
}

function missing(deletes: DataFile): InputRefusedError {
  return new InputRefusedError(`delete file is missing: ${deletes.filePath}`, {
    code: 'delete-file-missing',
    details: { uri: deletes.filePath },
  });
}
