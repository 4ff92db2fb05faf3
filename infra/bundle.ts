// Functions → bundles: esbuild, one ES module each with everything in it (the SDK too: the runtime's own copy changes under us),
// minified with names kept, with a source map. The output depends on the sources alone, so an unchanged function is not deployed
// again. The compiled contracts lie beside the code as data.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buildSync, type Metafile } from 'esbuild';

export interface BundleOptions {
  /** Root of the repository or the package. */
  readonly root: string;
  readonly name: 'land' | 'commit' | 'watch';
  /** Files to put beside the code: name → text. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface Bundle {
  /** Directory with `index.mjs`, its map and the files; removed when the process ends. */
  readonly directory: string;
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
    banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
    minify: true,
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const directory = makeDirectory(options.name);
  for (const file of built.outputFiles) writeFileSync(join(directory, basename(file.path)), file.contents);
  for (const [name, text] of Object.entries(options.files ?? {})) writeFileSync(join(directory, name), text);
  return { directory, ...measure(built.metafile) };
}

function measure(metafile: Metafile): Pick<Bundle, 'codeBytes' | 'inputs'> {
  const code = Object.entries(metafile.outputs).find(([path]) => path.endsWith('.mjs'))![1];
  return { codeBytes: code.bytes, inputs: Object.keys(metafile.inputs) };
}

function makeDirectory(name: string): string {
  const parent = mkdtempSync(join(tmpdir(), 'firn-bundle-'));
  process.on('exit', () => rmSync(parent, { recursive: true, force: true }));
  const directory = join(parent, name);
  mkdirSync(directory);
  return directory;
}
