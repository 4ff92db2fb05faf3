// Promise 4, contained: kernels of the encoder that fail cost no record and go unnoticed by nobody. They fail for good here: a real address
// behind the end of the memory makes them trap, one in the canary page makes them write there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildColumns } from '../../../src/column-cells.ts';
import { allRows } from '../../../src/columns.ts';
import { loadContract } from '../../../src/contract/load-contract.ts';
import { decodeLambdaEvent } from '../../../src/decode/lambda-event.ts';
import { releaseRecords } from '../../../src/decode/pack-records.ts';
import type { KafkaRecords } from '../../../src/decode/records.ts';
import { type Arena, alloc, arenaOf, makeArena } from '../../../src/hot/memory.ts';
import type { HotExports } from '../../../src/hot/module.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { encodeSafely } from '../../../src/jobs/encode-safely.ts';
import { ensureTables } from '../../../src/jobs/ensure-tables.ts';
import { landBatch } from '../../../src/jobs/land-batch.ts';
import { makeMemoryPorts } from '../../support/memory/index.ts';

const SCHEMAS = join(import.meta.dirname, '../../../schemas/game');
const ids = JSON.parse(readFileSync(join(SCHEMAS, 'game-events.ids.json'), 'utf8')) as never;
const loaded = loadContract(readFileSync(join(SCHEMAS, 'game-events.odcs.yaml'), 'utf8'), { file: 'game-events.odcs.yaml', ids });
if (!loaded.ok) throw new Error('the contract of the repository does not load');
const { contract } = loaded;
const [source] = contract.sources;
const NOW_MS = Date.UTC(2026, 2, 14, 12);

/** Good records, one rejected. */
function event(count: number): unknown {
  const message = (i: number) => ({
    schema_version: i === 7 ? 'none' : 3,
    event_id: `e-${i}`,
    event_name: 'level_start',
    event_time: new Date(NOW_MS - i * 1000).toISOString(),
    sent_at: new Date(NOW_MS).toISOString(),
    device_id: `device-${i % 3}`,
    session_id: `session-${i % 5}`,
    level: i,
    fps: i / 8,
    experiments: ['a', 'b'].slice(i % 3),
  });
  const records = Array.from({ length: count }, (_, offset) => ({
    topic: source!.topic,
    partition: 0,
    offset,
    timestamp: NOW_MS,
    timestampType: 'CREATE_TIME',
    key: null,
    value: Buffer.from(JSON.stringify(message(offset))).toString('base64'),
    headers: [],
  }));
  return { eventSource: 'aws:kafka', records: { [`${source!.topic}-0`]: records } };
}

function decode(): KafkaRecords {
  const resolveSource = (topic: string) => ({ id: `${source!.name}/${topic}/${source!.generation}`, topic });
  return decodeLambdaEvent(event(1_500), { resolveSource, inArena: true });
}

/** Lands a batch; `spoil` is given its memory before. The bytes of all files written, in order. */
async function land(spoil?: (arena: Arena) => void, records = decode()) {
  const { ports, counts, world } = makeMemoryPorts();
  const resolved = await ensureTables({ ports, contract });
  const arena = arenaOf(records.bytes.buffer)!;
  spoil?.(arena);
  const { counts: classes } = await landBatch({ ports, contract, resolved, records, deadline: startDeadline(ports.clock, 60_000) });
  releaseRecords(records);
  const files: Buffer[] = [];
  for await (const { uri } of ports.files.list(`${ports.root}/`)) if (uri.endsWith('.parquet')) files.push((await ports.files.read(uri))!);
  expect(world.rings).toEqual([contract.name]);
  return { classes, files, isSound: arena.isSound, mismatches: counts.get('selfcheck-mismatch') ?? 0 };
}

function replace<K extends keyof HotExports>(arena: Arena, kernel: K, by: (own: HotExports[K]) => HotExports[K]): void {
  Object.assign(arena, { kernels: { ...arena.kernels, [kernel]: by(arena.kernels[kernel]) } });
}

describe('the kernel that decodes an event', () => {
  it('may trap: the event is decoded without it, and it counts as a mismatch', async () => {
    const expected = await land();
    const first = decode();
    const arena = arenaOf(first.bytes.buffer)!;
    releaseRecords(first);
    replace(arena, 'decodeBase64', (own) => (_, length, size) => own(arena.buffer.byteLength - 1, length, size));
    const records = decode();
    expect(arena.isSound).toBe(false);
    expect(arenaOf(records.bytes.buffer)).not.toBe(arena);
    expect(await land(undefined, records)).toEqual({ ...expected, mismatches: 1 });
  });
});

describe('kernels of the encoder that fail', () => {
  it.each(['encodeLastRow', 'encodeLevels', 'encodeCopyStrings', 'encodeHybridBytes'] as const)(
    'by a trap in %s: the same files are written without them, and it counts as a mismatch',
    async (kernel) => {
      const expected = await land();
      expect(expected).toMatchObject({ classes: { accepted: 1_499, quarantined: 1, filtered: 0 }, isSound: true, mismatches: 0 });
      let calls = 0;
      const got = await land((arena) =>
        replace(arena, kernel, (own) => {
          const trap = (_: number, ...rest: number[]) => {
            calls++;
            return (own as (...numbers: number[]) => number)(arena.buffer.byteLength - 1, ...rest);
          };
          return trap as typeof own;
        }),
      );
      expect(calls).toBe(1);
      expect(got).toEqual({ ...expected, isSound: false, mismatches: 1 });
    },
  );

  it.each([
    ['alone', 1],
    ['among others', 600],
  ])('on rows of which one cannot be encoded at all, %s: that is not forgotten over the row', (_, rows) => {
    const poisoned = 300 % rows;
    const field = { id: 1, name: 'u', required: true, type: 'uuid' } as const;
    const struct = { type: 'struct', fields: [field] } as const;
    const cells = Array.from({ length: rows }, () => [new Uint8Array(16)]);
    const { columns: made, ...built } = buildColumns(struct, cells);
    const arena = makeArena(4 * 1024 * 1024);
    const at = alloc(arena, built.bytes.length + 64, 64);
    arena.bytes.set(built.bytes, at);
    const [column] = made;
    if (column?.kind !== 'view') throw new Error('a column of UUIDs is one of views');
    const length = column.length.slice();
    length[poisoned] = 5;
    const columns = { ...built, columns: [{ ...column, length }], bytes: arena.bytes.subarray(at, at + built.bytes.length) };
    replace(arena, 'encodeLastRow', (own) => (_rows, count) => own(arena.buffer.byteLength - 1, count));
    const target = {
      location: 'nowhere',
      struct,
      schema: { ...struct, 'schema-id': 0 },
      spec: { 'spec-id': 0, fields: [] },
      sortOrder: { 'order-id': 0, fields: [] },
      properties: {},
    };
    const encoded = [...encodeSafely(target, { columns, order: allRows(columns), nameFile: () => 'nowhere' })];
    const failed = encoded.filter((one) => (one.kind === 'rows' ? one.rows.kernelsFailed : one.kernelsFailed));
    expect(failed).toEqual([encoded[0]]);
    expect(encoded.flatMap((one) => (one.kind === 'poisoned' ? [one.row] : []))).toEqual([poisoned]);
    expect(encoded.reduce((sum, one) => sum + (one.kind === 'rows' ? one.rows.order.length : 1), 0)).toBe(rows);
  });

  it('by writing into the canary page: the same', async () => {
    const expected = await land();
    const got = await land((arena) =>
      replace(arena, 'encodeLastRow', (own) => (rows, count) => {
        arena.kernels.encodeGather32(arena.low - 64, rows, 1, 0);
        return own(rows, count);
      }),
    );
    expect(got).toEqual({ ...expected, isSound: false, mismatches: 1 });
  });
});
