import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { type NdjsonBatch, type NdjsonOptions, readNdjson } from '../../../src/decode/ndjson.ts';
import { InputRefusedError } from '../../../src/errors.ts';

const SOURCE = { id: 'main/file.ndjson/1', topic: 'file.ndjson' };
const EVENTS = { format: 'events', file: 'file.ndjson', source: SOURCE, timestampMs: 42 } as const;
const RECORDS = { format: 'records', file: 'file.ndjson', resolveSource: () => SOURCE } as const;
const LAMBDA = { ...RECORDS, format: 'lambda' } as const;

async function read(input: string | readonly Uint8Array[], options: NdjsonOptions): Promise<NdjsonBatch[]> {
  const batches: NdjsonBatch[] = [];
  const chunks = typeof input === 'string' ? [Buffer.from(input)] : input;
  for await (const batch of readNdjson(chunks, options)) batches.push(batch);
  return batches;
}

function values(batches: readonly NdjsonBatch[]): string[] {
  return batches.flatMap(({ records }) =>
    Array.from({ length: records.count }, (_, i) => records.bytes.toString('utf8', records.valueStart[i], records.valueEnd[i])),
  );
}

const offsets = (batches: readonly NdjsonBatch[]) => batches.flatMap(({ records }) => [...records.kafkaOffset]);

describe('events: one value per line', () => {
  it('gives every line its number as offset, empty lines included', async () => {
    const batches = await read('{"a":1}\n\n{"a":2}\r\n\r\nlast', EVENTS);
    expect(values(batches)).toEqual(['{"a":1}', '', '{"a":2}', '', 'last']);
    expect(offsets(batches)).toEqual([0, 1, 2, 3, 4]);
    expect([...batches[0]!.records.timestampMs]).toEqual([42, 42, 42, 42, 42]);
  });

  it('leaves a half line at the end for later when the input is still being written', async () => {
    const [batch] = await read('{"a":1}\n{"a":', { ...EVENTS, isComplete: false });
    expect(batch).toMatchObject({ firstLine: 0, lines: 1, bytes: 8 });
    expect(batch!.records.count).toBe(1);
  });

  it('keeps a carriage return that ends no line', async () => {
    expect(values(await read('a\rb\nc\r', EVENTS))).toEqual(['a\rb', 'c\r']);
  });

  it('passes over a byte order mark at the beginning only, and counts its bytes', async () => {
    const batches = await read('\ufeff{}\n\ufeff{}\n', EVENTS);
    expect(values(batches)).toEqual(['{}', '\ufeff{}']);
    expect(batches[0]!.bytes).toBe(Buffer.byteLength('\ufeff{}\n\ufeff{}\n'));
  });

  it('reads the tail of a file as it reads the whole: same values, same offsets, no byte order mark lost', async () => {
    const lines = ['\ufeff{"a":0}\n', '\ufeff{"a":1}\r\n', '\n', '\ufeff\n', '{"a":4}'];
    const whole = await read(lines.join(''), { ...EVENTS, recordsMax: 2 });
    for (let firstLine = 1; firstLine < lines.length; firstLine++) {
      const tail = await read(lines.slice(firstLine).join(''), { ...EVENTS, firstLine, recordsMax: 2 });
      expect(values(tail)).toEqual(values(whole).slice(firstLine));
      expect(offsets(tail)).toEqual(offsets(whole).slice(firstLine));
      expect(tail[0]!.firstLine).toBe(firstLine);
      expect(tail.map((batch) => batch.firstLine)).toEqual(tail.map((batch) => batch.records.kafkaOffset[0]));
    }
  });

  it('reads nothing from an empty input', async () => {
    expect(await read('', EVENTS)).toEqual([]);
  });

  it('bounds batches by records and by bytes, and says which lines and bytes each covers', async () => {
    const input = ['aa', 'b', 'cccc', 'd', 'e'].map((line) => `${line}\n`).join('');
    const byRecords = await read(input, { ...EVENTS, recordsMax: 2 });
    expect(byRecords.map(({ firstLine, lines, bytes }) => [firstLine, lines, bytes])).toEqual([
      [0, 2, 5],
      [2, 2, 7],
      [4, 1, 2],
    ]);
    const byBytes = await read(input, { ...EVENTS, bytesMax: 4 });
    expect(values(byBytes)).toEqual(['aa', 'b', 'cccc', 'd', 'e']);
    expect(byBytes.map(({ firstLine, lines }) => [firstLine, lines])).toEqual([
      [0, 2],
      [2, 1],
      [3, 2],
    ]);
  });

  it('gives the same records wherever the chunks are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', '\n', '\r', 'é', '{}'), { maxLength: 30 }),
        fc.array(fc.nat(20), { maxLength: 8 }),
        async (parts, cuts) => {
          const whole = Buffer.from(parts.join(''));
          const chunks: Buffer[] = [];
          let at = 0;
          for (const cut of cuts) {
            chunks.push(whole.subarray(at, at + cut));
            at += cut;
          }
          chunks.push(whole.subarray(Math.min(at, whole.length)));
          const [cutUp, atOnce] = [await read(chunks, EVENTS), await read([whole], EVENTS)];
          expect(values(cutUp)).toEqual(values(atOnce));
          expect(cutUp.map(({ lines, bytes }) => [lines, bytes])).toEqual(atOnce.map(({ lines, bytes }) => [lines, bytes]));
          expect(atOnce.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(whole.length);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('keeps of a value above the limit its beginning, length and SHA-256, wherever chunks end, and reads on behind it', async () => {
    const large = Buffer.alloc(LIMITS.recordValueBytesMax + 7, 0x78);
    large.write('begin');
    const expected = { bytes: large.length, sha256: createHash('sha256').update(large).digest('hex') };
    for (const lineEnd of ['\n', '\r\n']) {
      const input = Buffer.concat([Buffer.from('\ufeff'), large, Buffer.from(`${lineEnd}{}\n`)]);
      for (const chunkBytes of [input.length, 5_000_011]) {
        const chunks = Array.from({ length: Math.ceil(input.length / chunkBytes) }, (_, i) =>
          input.subarray(i * chunkBytes, (i + 1) * chunkBytes),
        );
        const batches = await read(chunks, EVENTS);
        expect(batches.flatMap(({ records }) => [...(records.truncated ?? [])])).toEqual([[0, expected]]);
        expect(values(batches)).toEqual([`begin${'x'.repeat(LIMITS.oversizeHeadBytes - 5)}`, '{}']);
        expect(batches.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(input.length);
      }
    }
    const [last] = await read([large], { ...EVENTS, firstLine: 41 });
    expect(last!.records.truncated?.get(0)).toEqual(expected);
  });

  it('a value that is just as long as allowed is whole, line end and byte order mark apart', async () => {
    const batches = await read(`\ufeff${'x'.repeat(LIMITS.recordValueBytesMax)}\r\n`, EVENTS);
    expect(batches[0]!.records.truncated).toBeUndefined();
    expect(batches[0]!.records.valueEnd[0]! - batches[0]!.records.valueStart[0]!).toBe(LIMITS.recordValueBytesMax);
  });

  it('refuses a line that has no end for longer than any record, naming it, without holding it in memory', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 0x61);
    const pulled = { chunks: 0 };
    async function* endless() {
      yield Buffer.from('{}\n');
      for (;;) {
        pulled.chunks++;
        yield chunk;
      }
    }
    const reading = (async () => {
      for await (const batch of readNdjson(endless(), EVENTS)) expect(batch.lines).toBe(1);
    })();
    await expect(reading).rejects.toThrow(/line 2 is too long/);
    expect(pulled.chunks * chunk.length).toBeLessThanOrEqual(LIMITS.oversizeLineBytesMax + 2 * chunk.length);
  });
});

describe('records: one Kafka record per line', () => {
  const line = (offset: number, value: string | null) =>
    JSON.stringify({
      topic: 't',
      partition: 3,
      offset,
      timestamp: 7,
      timestampType: 'CREATE_TIME',
      key: null,
      value,
      headers: [{ h: [1] }],
    });

  it('reads positions, base64, tombstones and headers, and skips blank lines', async () => {
    const batches = await read(`${line(10, 'e30=')}\n  \n\n${line(12, null)}\n`, RECORDS);
    expect(offsets(batches)).toEqual([10, 12]);
    expect(batches[0]).toMatchObject({ firstLine: 0, lines: 4 });
    expect(values(batches)[0]).toBe('{}');
    expect(batches[0]!.records.headers[0]).toEqual([{ name: 'h', value: Uint8Array.of(1) }]);
  });

  it.each([
    ['no JSON', 'nope', /line 2 is malformed/],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22]).toString('latin1'), /line 2 is malformed/],
    ['a record without offset', '{"topic":"t"}', /line 2 is malformed · expected partition/],
  ])('refuses a line with %s, naming it', async (_, second, message) => {
    const input = [Buffer.from(`${line(1, null)}\n`), Buffer.from(second, 'latin1')];
    await expect(read(input, RECORDS)).rejects.toThrow(InputRefusedError);
    await expect(read(input, RECORDS)).rejects.toThrow(message);
  });
});

describe('lambda: Kafka events', () => {
  const event = (offset: number) => ({
    eventSource: 'aws:kafka',
    records: { 't-0': [{ topic: 't', partition: 0, offset, timestamp: 1, timestampType: 'CREATE_TIME', value: 'e30=' }] },
  });

  it('reads one event per line', async () => {
    const batches = await read(`${JSON.stringify(event(1))}\n\n${JSON.stringify(event(2))}\n`, LAMBDA);
    expect(offsets(batches)).toEqual([1, 2]);
  });

  it('reads a file that is one event over many lines', async () => {
    const input = JSON.stringify(event(1), null, 2);
    const batches = await read(input, LAMBDA);
    expect(offsets(batches)).toEqual([1]);
    expect(batches[0]).toMatchObject({ firstLine: 0, lines: input.split('\n').length, bytes: input.length });
  });

  it('refuses text that is neither', async () => {
    await expect(read('{\nnope', LAMBDA)).rejects.toThrow(/line 1 is malformed/);
  });
});
