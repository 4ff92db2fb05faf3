// Which fields each format version requires: of manifests, manifest lists, snapshots and table metadata. Held against the schemas
// that are written and against the files of a table with two appends. Version 1 is only read, so its column says nothing here.
import type { PrimitiveType, StructType } from '../../src/contract/types.ts';
import { prepareAppend } from '../../src/iceberg/append.ts';
import { readAvro } from '../../src/iceberg/avro-file.ts';
import { parseExact } from '../../src/iceberg/json-exact.ts';
import { readManifestList } from '../../src/iceberg/manifest-list.ts';
import { manifestEntryStruct, manifestListStruct } from '../../src/iceberg/manifest-schema.ts';
import { parseMetadata } from '../../src/iceberg/metadata-json.ts';
import { newTableMetadata } from '../../src/iceberg/new-table.ts';
import { fieldsById } from '../../src/iceberg/schema-fields.ts';
import { countingIds, memoryFiles } from './memory-files.ts';
import type { Check, Section, Vector } from './sections.ts';

type Version = 2 | 3;
const VERSIONS: readonly Version[] = [2, 3];
const NO_PARTITION: StructType = { type: 'struct', fields: [] };

export const REQUIRED_SECTIONS: Readonly<Record<string, Section>> = {
  'required-manifest-key': (vector) =>
    vector['id'] === undefined ? requiredKey(vector, manifestHeader) : requiredField(vector, entryFields),
  'required-manifest-entry': (vector) => requiredField(vector, entryFields),
  'required-manifest-list': (vector) => requiredField(vector, (version) => fieldsById(manifestListStruct(version))),
  'required-snapshot': (vector) => requiredKey(vector, async (version) => (await writtenTable(version)).snapshot),
  'required-table-metadata': (vector) => requiredKey(vector, async (version) => (await writtenTable(version)).metadata),
};

type Requirement = 'required' | 'optional' | 'absent';

function requiredField(vector: Vector, fieldsOf: (version: Version) => ReturnType<typeof fieldsById>): Check[] {
  return VERSIONS.map((version) => {
    const expected = vector[`v${version}`] as Requirement;
    const field = fieldsOf(version).get(vector['id'] as number)?.field;
    const got = field === undefined ? 'absent' : field.required ? 'required' : 'optional';
    // An optional field may be left out, as long as one that is written is not required of others.
    const allowed = expected === 'optional' && got === 'absent' ? 'optional' : got;
    const isNamed = field === undefined || field.name === vector['field'];
    return { what: `v${version}`, expected: [expected, true], got: [allowed, isNamed] };
  });
}

function entryFields(version: Version): ReturnType<typeof fieldsById> {
  return fieldsById(manifestEntryStruct(version, NO_PARTITION));
}

async function requiredKey(vector: Vector, objectOf: (version: Version) => Promise<ReadonlySet<string>>): Promise<Check[]> {
  const checks: Check[] = [];
  for (const version of VERSIONS) {
    const requirement = vector[`v${version}`] as Requirement;
    const isThere = (await objectOf(version)).has(String(vector['field']));
    const expected = requirement === 'optional' ? isThere : requirement === 'required';
    checks.push({ what: `v${version} has it`, expected, got: isThere });
  }
  return checks;
}

async function manifestHeader(version: Version): Promise<ReadonlySet<string>> {
  return (await writtenTable(version)).header;
}

interface WrittenKeys {
  readonly metadata: ReadonlySet<string>;
  readonly snapshot: ReadonlySet<string>;
  readonly header: ReadonlySet<string>;
}

const WRITTEN = new Map<Version, Promise<WrittenKeys>>();

/** Keys of a table with two appends, read back from its files. */
function writtenTable(version: Version): Promise<WrittenKeys> {
  const known = WRITTEN.get(version) ?? writeTable(version);
  WRITTEN.set(version, known);
  return known;
}

async function writeTable(version: Version): Promise<WrittenKeys> {
  const files = memoryFiles();
  const ids = countingIds();
  const struct: StructType = { type: 'struct', fields: [{ id: 1, name: 'c', required: false, type: 'long' as PrimitiveType }] };
  const table = {
    uuid: ids.uuid(),
    location: 's3://b/t',
    struct,
    partition: [],
    sort: [],
    formatVersion: version,
    properties: {},
    nowMs: 1000,
  };
  let base = { metadata: newTableMetadata(table).metadata, metadataLocation: 's3://b/t/metadata/00000-first.metadata.json' };
  for (const name of ['a', 'b']) {
    const add = [
      {
        content: 0,
        filePath: `s3://b/t/data/${name}.parquet`,
        fileFormat: 'PARQUET',
        specId: 0,
        partition: [],
        recordCount: 1,
        fileSizeBytes: 9,
      } as const,
    ];
    const prepared = await prepareAppend({ ...base, add, files, ids, nowMs: 2000, summary: {} });
    base = { metadata: prepared.metadata, metadataLocation: prepared.metadataLocation! };
  }
  const bytes = files.objects.get(base.metadataLocation)!;
  const json = parseExact(bytes.toString('utf8')) as Record<string, unknown>;
  const snapshot = (json['snapshots'] as readonly Record<string, unknown>[]).at(-1)!;
  const list = readManifestList(files.objects.get(parseMetadata(bytes).snapshots.at(-1)!['manifest-list'])!);
  const header = readAvro(files.objects.get(list[0]!.path)!).metadata;
  return { metadata: new Set(Object.keys(json)), snapshot: new Set(Object.keys(snapshot)), header: new Set(header.keys()) };
}
