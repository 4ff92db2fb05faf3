// Functions → bundles: esbuild, one ES module each with everything in it (the SDK too: the runtime's own copy changes under us),
// minified with names kept, with a source map. The output depends on the sources alone, so an unchanged function is not deployed
// again. The compiled contracts lie beside the code as data.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { buildSync, type Metafile } from 'esbuild';

export interface BundleOptions {
  /** Root of the repository or the package. */
  readonly root: string;
  readonly name: 'land' | 'commit' | 'watch' | 'maintain' | 'recover';
}

export interface Bundle {
  readonly name: string;
  /** `index.mjs`, its map, and the kernels (`firn-hot.wasm`) of a function that uses them. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Bytes of `index.mjs`. */
  readonly codeBytes: number;
  /** Every source in it. */
  readonly inputs: readonly string[];
}

/** Bundles one function. CommonJS dependencies find `require` through the banner. */
export function bundleFunction(options: BundleOptions): Bundle {
  const extension = import.meta.filename.endsWith('.ts') ? 'ts' : 'js';
  const built = buildSync({
    absWorkingDir: options.root,
    entryPoints: { index: `functions/${options.name}/handler.${extension}` },
    outdir: `out/functions/${options.name}`,
    outExtension: { '.js': '.mjs' },
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    // The Kafka client's kernels: the form that needs no file beside the code.
    alias: { '@platformatic/wasm-utils': '@platformatic/wasm-utils/bundled' },
    banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
    minify: true,
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const files = Object.fromEntries(built.outputFiles.map((file) => [basename(file.path), file.contents]));
  const measured = measure(built.metafile);
  return { name: options.name, files: { ...files, ...kernelsFor(options.root, measured.inputs) }, ...measured };
}

/** The kernels are read from beside the code (src/hot/module-bytes.ts), so they lie beside the bundle. */
function kernelsFor(root: string, inputs: readonly string[]): Readonly<Record<string, Uint8Array>> {
  const loader = inputs.find((input) => /(^|\/)src\/hot\/module-bytes\.[jt]s$/.test(input));
  return loader === undefined ? {} : { 'firn-hot.wasm': readFileSync(join(root, dirname(loader), 'firn-hot.wasm')) };
}

/** A directory with the bundle and what lies beside it (name → text); removed when the process ends. */
export function writeBundle(bundle: Bundle, beside: Readonly<Record<string, string>> = {}): string {
  const directory = makeDirectory(bundle.name);
  for (const [name, content] of Object.entries({ ...bundle.files, ...beside })) writeFileSync(join(directory, name), content);
  return directory;
}

function measure(metafile: Metafile): Pick<Bundle, 'codeBytes' | 'inputs'> {
  const code = Object.entries(metafile.outputs).find(([path]) => path.endsWith('.mjs'))![1];
  return { codeBytes: code.bytes, inputs: Object.keys(metafile.inputs) };
}

let parent: string | undefined;

function makeDirectory(name: string): string {
  if (parent === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'firn-bundle-'));
    process.on('exit', () => rmSync(made, { recursive: true, force: true }));
    parent = made;
  }
  return mkdtempSync(join(parent, `${name}-`));
}
