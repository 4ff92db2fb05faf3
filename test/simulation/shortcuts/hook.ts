// Shortcuts that make a schedule cheaper and leave it the same: a run with them has the same trace as one without (a test). Put in
// place while modules are loaded, so neither the product nor the tests that run without them know of it:
//   zstd stores what it is given · an object that was parsed is not parsed again for the next reader.
import { registerHooks } from 'node:module';
import { applyEdit } from '../planted/hook.ts';

const ZLIB = new URL('./plain-zlib.ts', import.meta.url).href;
const MEMO = new URL('./memo.ts', import.meta.url).href;
const STATE = new URL('../../../src/ledger/state.ts', import.meta.url).href;
const WITH_ZLIB = ['src/ledger/entry-codec.ts', 'src/parquet/codecs.ts', 'test/simulation/engine/ghost.ts'];

/** Source file → the function whose results are kept, and how. */
const KEPT: Readonly<Record<string, { readonly name: string; readonly options: string }>> = {
  'src/ledger/entry-codec.ts': { name: 'parseEntry', options: '{ keyOf: String }' },
  'src/ledger/checkpoint-codec.ts': { name: 'parseCheckpoint', options: '{ keyOf: String, fresh: cloneState }' },
  'src/ledger/descriptor-codec.ts': { name: 'parseDescriptor', options: '{}' },
  'src/iceberg/metadata-json.ts': { name: 'parseMetadata', options: '{}' },
  'src/iceberg/manifest-list.ts': { name: 'readManifestList', options: '{ fresh: copied }' },
  'src/iceberg/manifest-read.ts': { name: 'readManifest', options: '{ keyOf: lineKey, fresh: copied }' },
};

const SHARED_BUFFERS = {
  file: 'test/support/memory/ports.ts',
  find: 'Buffer.from(range ? found.bytes.subarray(range.start, range.end) : found.bytes)',
  replace: '(range ? Buffer.from(found.bytes.subarray(range.start, range.end)) : found.bytes)',
};

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
      if (file === undefined && !url.endsWith(`/${SHARED_BUFFERS.file}`)) return loaded;
      const text = typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString('utf8');
      return { ...loaded, source: file === undefined ? applyEdit(text, SHARED_BUFFERS) : withMemo(text, file) };
    },
  });
}

function withMemo(text: string, file: string): string {
  const { name, options } = KEPT[file]!;
  const find = `export function ${name}(`;
  const kept = applyEdit(text, { file, find, replace: `function ${name}Anew(` });
  const state = options.includes('cloneState') ? `import { cloneState } from '${STATE}';` : '';
  return `import { copied, lineKey, memoised } from '${MEMO}';${state}${kept}\nexport const ${name} = memoised(${name}Anew, ${options});\n`;
}
