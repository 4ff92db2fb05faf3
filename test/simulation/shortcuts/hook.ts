// Shortcuts that make a schedule cheaper and leave it the same: a run with them has the same trace as one without (a test). Put in
// place while modules are loaded, so neither the product nor the tests that run without them know of it:
//   zstd and deflate store what they are given · an object that was decoded is not decoded again for the next reader · what is derived
//   from a schema alone is derived once. Everything that is written is encoded, and decoded from its bytes by whoever reads it first.
import { registerHooks } from 'node:module';
import type { Edit } from '../planted/bugs.ts';
import { applyEdit } from '../planted/hook.ts';

const ZLIB = new URL('./plain-zlib.ts', import.meta.url).href;
const MEMO = new URL('./memo.ts', import.meta.url).href;
const STATE = new URL('../../../src/ledger/state.ts', import.meta.url).href;
const WITH_ZLIB = ['src/ledger/entry-codec.ts', 'src/parquet/codecs.ts', 'src/iceberg/avro-file.ts', 'test/simulation/engine/ghost.ts'];

/** Source file → its functions whose results are kept, and by what. */
const KEPT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'src/ledger/entry-codec.ts': { parseEntry: 'kept.byBytes(ANEW, { keyOf: String })' },
  'src/ledger/checkpoint-codec.ts': { parseCheckpoint: 'kept.byBytes(ANEW, { keyOf: String, fresh: cloneState })' },
  'src/ledger/descriptor-codec.ts': { parseDescriptor: 'kept.byBytes(ANEW)' },
  'src/iceberg/metadata-json.ts': { parseMetadata: 'kept.byBytes(ANEW)', metadataOfJson: 'kept.byObject(ANEW)' },
  'src/iceberg/manifest-list.ts': { readManifestList: 'kept.byBytes(ANEW, { fresh: kept.copied })' },
  'src/iceberg/manifest-read.ts': { readManifest: 'kept.byBytes(ANEW, { keyOf: kept.lineKey, fresh: kept.copied })' },
  'src/parquet/read.ts': { readColumns: 'kept.byBytes(ANEW, { keyOf: kept.schemaKey })' },
  'src/parquet/read-footer.ts': { readFooter: 'kept.byBytes(ANEW, { keyOf: (options) => String(options?.fileSizeBytes) })' },
  'src/iceberg/schema-json.ts': { parseSchema: 'kept.byText(ANEW)', schemaToJson: 'kept.byObject(ANEW)' },
  'src/iceberg/schema-fields.ts': {
    listFields: 'kept.byObject(ANEW)',
    fieldsById: 'kept.byObject(ANEW)',
    fieldsByName: 'kept.byObject(ANEW)',
  },
  'src/iceberg/field-ids.ts': { parseFieldIds: 'kept.byText(ANEW)' },
  'src/iceberg/schema-hash.ts': { schemaHash: 'kept.byObject(ANEW)', specHash: 'kept.byObject(ANEW)' },
  'src/iceberg/transforms.ts': { parseTransform: 'kept.byText(ANEW)' },
  'src/iceberg/evolve.ts': { planEvolution: 'kept.byObject(ANEW, (_, { struct }) => struct)' },
  'src/iceberg/manifest-schema.ts': { manifestEntryStruct: 'kept.byText(ANEW)', manifestListStruct: 'kept.byText(ANEW)' },
  'src/iceberg/avro-schema.ts': { avroOfStruct: 'kept.byNamed(ANEW)' },
  'src/iceberg/avro-codec.ts': { encoderOf: 'kept.byObject(ANEW)', decoderOf: 'kept.byObject(ANEW)' },
  'src/iceberg/avro-file.ts': { parseSchemaText: 'kept.byText(ANEW)' },
  'src/contract/quarantine-table.ts': { quarantineTable: 'kept.byObject(ANEW)' },
  'src/parquet/schema-plan.ts': { planSchema: 'kept.byObject(ANEW)' },
  'src/jobs/row-positions.ts': { positionStruct: 'kept.byObject(ANEW)' },
  'src/columns.ts': { layoutOf: 'kept.byObject(ANEW)' },
};

/** Readers share the buffer that is stored, and what a creation has copied is stored as it is; the text of a schema is made once. */
const EDITS: readonly Edit[] = [
  {
    file: 'test/support/memory/ports.ts',
    find: 'Buffer.from(range ? found.bytes.subarray(range.start, range.end) : found.bytes)',
    replace: '(range ? Buffer.from(found.bytes.subarray(range.start, range.end)) : found.bytes)',
  },
  { file: 'test/support/memory/world.ts', find: 'const copy = Buffer.from(bytes);', replace: 'const copy = bytes as Buffer;' },
  {
    file: 'src/iceberg/avro-file.ts',
    find: 'const schemaText = JSON.stringify(request.schema);',
    replace: 'const schemaText = textOfSchema(request.schema);',
  },
];
const SCHEMA_TEXT = '\nconst textOfSchema = kept.byObject((schema: object) => JSON.stringify(schema));\n';

/** For every module that this thread loads from now on. */
export function takeShortcuts(): void {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const isPlain = specifier === 'node:zlib' && WITH_ZLIB.some((file) => context.parentURL?.endsWith(`/${file}`));
      return isPlain ? { url: ZLIB, shortCircuit: true } : nextResolve(specifier, context);
    },
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const file = Object.keys(KEPT).find((path) => url.endsWith(`/${path}`));
      const edits = EDITS.filter((edit) => url.endsWith(`/${edit.file}`));
      if (file === undefined && edits.length === 0) return loaded;
      const text = typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString('utf8');
      const edited = edits.reduce(applyEdit, text);
      return { ...loaded, source: file === undefined ? edited : withMemo(edited, file) };
    },
  });
}

function withMemo(text: string, file: string): string {
  const functions = Object.entries(KEPT[file]!);
  const more = file === 'src/iceberg/avro-file.ts' ? SCHEMA_TEXT : '';
  const state = file === 'src/ledger/checkpoint-codec.ts' ? `import { cloneState } from '${STATE}';` : '';
  const imports = `import * as kept from '${MEMO}';${state}`;
  return functions.reduce(
    (now, [name, kept]) => {
      const isExported = now.includes(`export function ${name}(`) || now.includes(`export async function ${name}(`);
      const anew = applyEdit(now, { file, find: `function ${name}(`, replace: `function ${name}Anew(` });
      const plain = isExported ? anew.replace(new RegExp(`export (async )?function ${name}Anew\\(`), `$1function ${name}Anew(`) : anew;
      return `${plain}\n${isExported ? 'export ' : ''}const ${name} = ${kept.replace('ANEW', `${name}Anew`)};\n`;
    },
    imports + text + more,
  );
}
