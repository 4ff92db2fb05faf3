// The demo's inputs: three public data sets of the npm package vega-datasets, split into one JSON value per line. Nothing is
// downloaded. A file that is there already is left as it is, so that landing it again finds the same file.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InputRefusedError } from '../errors.ts';
import { ioError } from '../local/io-errors.ts';
import { packageRoot } from './package-root.ts';

export interface DemoInput {
  readonly contract: string;
  readonly title: string;
  readonly path: string;
}

const DATA_SETS = [
  { file: 'flights-20k.json', name: 'flights.ndjson', contract: 'aviation/flights.odcs.yaml', title: 'flights' },
  {
    file: 'earthquakes.json',
    name: 'earthquakes.ndjson',
    contract: 'seismology/earthquakes.odcs.yaml',
    title: 'earthquakes (nested GeoJSON)',
  },
  { file: 'movies.json', name: 'movies.ndjson', contract: 'cinema/movies.odcs.yaml', title: 'movies (famously dirty)' },
] as const;

/** Writes the inputs under a folder; gives them with the contracts they are for. */
export async function writeDemoInputs(folder: string): Promise<readonly DemoInput[]> {
  const source = findDataSets();
  const schemas = join(packageRoot(), 'schemas');
  const inputs: DemoInput[] = [];
  try {
    await mkdir(folder, { recursive: true });
    for (const { file, name, contract, title } of DATA_SETS) {
      const path = join(folder, name);
      if (!existsSync(path)) await writeWhole(path, splitLines(await readFile(join(source, file), 'utf8')));
      inputs.push({ contract: join(schemas, contract), title, path });
    }
  } catch (error) {
    throw ioError(error, 'write the demo inputs to', folder);
  }
  return inputs;
}

/** Elements of the array (or of a feature collection) as lines, each as the JSON it was. */
function splitLines(text: string): string {
  const value = JSON.parse(text) as unknown;
  const rows = Array.isArray(value) ? value : (value as { readonly features: readonly unknown[] }).features;
  return `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;
}

async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp-${process.pid}`;
  await writeFile(temporary, text, { flush: true });
  await rename(temporary, path);
}

function findDataSets(): string {
  for (const start of [packageRoot(), process.cwd()]) {
    for (let folder = start; ; folder = dirname(folder)) {
      const found = join(folder, 'node_modules', 'vega-datasets', 'data');
      if (existsSync(found)) return found;
      if (folder === dirname(folder)) break;
    }
  }
  throw new InputRefusedError(
    'the demo needs the data sets of the npm package vega-datasets, which is not installed; run npm install vega-datasets@3.2.1 and then firn demo',
    {
      code: 'demo-data-missing',
    },
  );
}
