// A file far larger than what its writer keeps: batches go in, parts come out, and what stays is one chunk, one page and the footer.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const SCRIPT = `
import { buildColumns } from './src/column-cells.ts';
import { parquetOptions } from './src/parquet/options.ts';
import { ParquetWriter } from './src/parquet/writer.ts';
const schema = { type: 'struct', fields: [
  { id: 1, name: 's', required: true, type: 'string' },
  { id: 2, name: 'l', required: true, type: 'long' },
] };
const ROWS = 20000;
let state = 1;
const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0).toString(16).padStart(8, '0');
const columns = buildColumns(schema, Array.from({ length: ROWS }, (_, i) => [random().repeat(8) + random(), BigInt(i)]));
let written = 0;
const writer = new ParquetWriter({ schema, options: parquetOptions({ 'write.parquet.compression-codec': 'uncompressed' }), sink: (part) => { written += part.length; } });
const batches = Number(process.argv.at(-1));
for (let i = 0; i < batches; i++) writer.add({ ...columns, bytes: Buffer.from(columns.bytes) });
// Buffers are freed in the background: the collector needs a few turns.
for (let i = 0; i < 5; i++) {
  gc();
  await new Promise(setImmediate);
}
const { arrayBuffers, heapUsed } = process.memoryUsage();
const { recordCount } = writer.close();
console.log(JSON.stringify({ written, recordCount, keptBytes: arrayBuffers + heapUsed, peakBytes: process.resourceUsage().maxRSS * 1024 }));
`;

interface Written {
  readonly written: number;
  readonly recordCount: number;
  /** Live memory before the file is closed. */
  readonly keptBytes: number;
  readonly peakBytes: number;
}

function write(batches: number): Written {
  const args = ['--expose-gc', '--input-type=module', '--disable-warning=ExperimentalWarning', '-e', SCRIPT, '--', String(batches)];
  const ran = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(ran.stderr).toBe('');
  return JSON.parse(ran.stdout) as Written;
}

describe('the memory of the writer', () => {
  it('does not grow with the file: a hundred batches take little more than four', () => {
    const few = write(4);
    const many = write(100);
    expect(many.recordCount).toBe(25 * few.recordCount);
    expect(many.written).toBeGreaterThan(140 * 2 ** 20);
    // The file grows by some 150 MiB, and so do the batches given; what is kept grows by what the footer says of 96 row groups.
    const grown = many.written - few.written;
    expect(many.keptBytes - few.keptBytes).toBeLessThan(grown / 20);
    // Freed memory waits for the collector, so the process may grow, but by less than the file.
    expect(many.peakBytes - few.peakBytes).toBeLessThan(grown * 0.9);
  });
});
