// Which delete files apply to which data file: by partition, sequence number, the data file they name, and their bounds. Source:
// Iceberg specification, "Scan Planning" (scope rules of deletes) and "Delete Formats".
import { InputRefusedError } from '../errors.ts';
import { referencedPath } from './delete-scope.ts';
import { comparerOf } from './expressions/compare.ts';
import { fileFacts } from './expressions/evaluate.ts';
import { schemasNewestFirst, specOf } from './manifest-write.ts';
import { plainPath } from './plain-path.ts';
import { RESERVED_FIELDS } from './reserved-fields.ts';
import { fieldsById } from './schema-fields.ts';
import { partitionKey } from './snapshot-summary.ts';
import type { DataFile, ManifestEntry, TableMetadata } from './types.ts';

/** The delete files of a data file, vectors in place of the position deletes they replace. */
export type DeletesOf = (data: ManifestEntry) => DataFile[];

/** Indexes the live delete entries of a snapshot. Cost: one pass; then per data file the deletes of its partition. */
export function indexDeletes(metadata: TableMetadata, deletes: readonly ManifestEntry[]): DeletesOf {
  const index = buildIndex(metadata, deletes);
  const types = columnTypes(metadata);
  return (data) => {
    const key = partitionKey(data.file);
    const named = (index.byPath.get(plainPath(data.file.filePath)) ?? []).filter((entry) => partitionKey(entry.file) === key);
    const candidates = [...named, ...(index.byPartition.get(key) ?? []), ...index.global];
    const applying = candidates.filter((entry) => applies(entry, data, types));
    // A vector holds all deletes of the position delete files before it.
    const hasVector = soleVector(applying) !== undefined;
    return applying
      .filter((entry) => !hasVector || entry.file.content === 2 || entry.file.fileFormat === 'PUFFIN')
      .map((entry) => entry.file);
  };
}

/** The deletion vector among the deletes of one data file. Throws InputRefusedError `vector-twice`: which one holds cannot be told. */
export function soleVector(deletes: readonly ManifestEntry[]): ManifestEntry | undefined {
  const [vector, second] = deletes.filter((entry) => entry.file.fileFormat === 'PUFFIN');
  if (!second) return vector;
  throw new InputRefusedError(
    'a data file has two deletion vectors in one snapshot: expected one that holds all its deletes; remove the older, or roll back to an earlier snapshot',
    { code: 'vector-twice', details: { uri: second.file.filePath } },
  );
}

interface DeleteIndex {
  /** Deletion vectors and position deletes that name one data file, by its path. */
  readonly byPath: ReadonlyMap<string, readonly ManifestEntry[]>;
  /** Other deletes by partition. */
  readonly byPartition: ReadonlyMap<string, readonly ManifestEntry[]>;
  /** Equality deletes of an unpartitioned spec: they reach every partition. */
  readonly global: readonly ManifestEntry[];
}

function buildIndex(metadata: TableMetadata, deletes: readonly ManifestEntry[]): DeleteIndex {
  const byPath = new Map<string, ManifestEntry[]>();
  const byPartition = new Map<string, ManifestEntry[]>();
  const global: ManifestEntry[] = [];
  for (const entry of deletes) {
    const path = referencedPath(entry.file);
    if (entry.file.content === 2 && specOf(metadata, entry.file.specId).fields.every((field) => field.transform === 'void'))
      global.push(entry);
    else if (path !== undefined) push(byPath, plainPath(path), entry);
    else push(byPartition, partitionKey(entry.file), entry);
  }
  return { byPath, byPartition, global };
}

type ColumnTypes = ReadonlyMap<number, ReturnType<typeof fieldsById> extends ReadonlyMap<number, infer E> ? E : never>;

/** Columns by id, dropped ones too; the newest schema tells the type. */
function columnTypes(metadata: TableMetadata): ColumnTypes {
  return new Map([...schemasNewestFirst(metadata)].reverse().flatMap((schema) => [...fieldsById(schema)]));
}

function applies(entry: ManifestEntry, data: ManifestEntry, types: ColumnTypes): boolean {
  if (entry.file.content === 2) return data.sequenceNumber < entry.sequenceNumber && mayShareKey(entry.file, data.file, types);
  return data.sequenceNumber <= entry.sequenceNumber && mayName(entry.file, data.file.filePath);
}

/** May an equality delete have the key of one of the file's rows? Null equals null there, and NaN NaN. */
function mayShareKey(deletes: DataFile, data: DataFile, types: ColumnTypes): boolean {
  return (deletes.equalityIds ?? []).every((id) => {
    const entry = types.get(id);
    if (!entry || entry.isRepeated) return true;
    const field = { id, name: entry.name, type: entry.field.type, isNested: entry.ancestors.length > 0 };
    const [left, right] = [fileFacts(field, deletes), fileFacts(field, data)];
    // A column newer than the data file has no statistics there, so everything may be.
    if ((left.mayHaveNull && right.mayHaveNull) || (left.mayHaveNan && right.mayHaveNan)) return true;
    if (!left.mayHaveValue || !right.mayHaveValue) return false;
    const order = comparerOf(field.type);
    const isBefore = left.upper !== undefined && right.lower !== undefined && order(left.upper, right.lower) < 0;
    const isAfter = left.lower !== undefined && right.upper !== undefined && order(left.lower, right.upper) > 0;
    return !isBefore && !isAfter;
  });
}

/** Position deletes are sorted by the path of their data file; its bounds say which they can be about. */
function mayName(deletes: DataFile, path: string): boolean {
  const [lower, upper] = [deletes.lowerBounds?.get(FILE_PATH_ID), deletes.upperBounds?.get(FILE_PATH_ID)];
  const name = Buffer.from(plainPath(path), 'utf8');
  const plain = (bound: Uint8Array) => Buffer.from(plainPath(Buffer.from(bound).toString('utf8')), 'utf8');
  return !(lower && Buffer.compare(name, plain(lower)) < 0) && !(upper && Buffer.compare(name, plain(upper)) > 0);
}

const FILE_PATH_ID = RESERVED_FIELDS.find((field) => field.name === 'file_path')!.id;

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
