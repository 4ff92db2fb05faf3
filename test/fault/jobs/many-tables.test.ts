// Several tables from one topic: one landing's verdicts hold for all of them, each table has its own rows once, one that is parked
// stops no other, and a redrive sends a record to whichever table takes it now.
import { describe, expect, it } from 'vitest';
import type { CompiledContract } from '../../../src/contract/compiled.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { loadContract } from '../../../src/contract/load-contract.ts';
import { packRecords } from '../../../src/decode/pack-records.ts';
import { FirnError } from '../../../src/errors.ts';
import { identifierOf } from '../../../src/iceberg/load-table.ts';
import { auditTable } from '../../../src/jobs/audit-table.ts';
import { commitContract } from '../../../src/jobs/commit-contract.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { ensureTables } from '../../../src/jobs/ensure-tables.ts';
import { landBatch } from '../../../src/jobs/land-batch.ts';
import { redrive } from '../../../src/jobs/redrive.ts';
import { createJudge } from '../../../src/pipeline/judge.ts';
import type { Ports } from '../../../src/ports.ts';
import { CrashError, MemoryWorld, makeMemoryPorts, rowsOf } from '../../support/memory/index.ts';

const object = (name: string, route: string) => `
  - name: ${name}
    logicalType: object
    physicalType: table
    properties:
      - {name: id, logicalType: string, required: true}
      - {name: at, logicalType: timestamp, required: true, partitioned: true}
    customProperties: [{property: firn.route, value: "${route}"}]`;

function contractOf(routes: Readonly<Record<string, string>>): CompiledContract {
  const objects = Object.entries(routes).map(([name, route]) => object(name, route));
  const text = `apiVersion: v3.1.0
kind: DataContract
id: urn:firn:shop:all
version: 1.0.0
status: active
domain: shop
schema:${objects.join('')}
customProperties:
  - {property: firn.source, value: {name: main, topic: shop, format: json}}
`;
  const result = loadContract(text, { file: 'schemas/shop/all.odcs.yaml' });
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.contract;
}

const CONTRACT = contractOf({
  buys: "raw.type == 'buy'",
  logins: "raw.type == 'login'",
  rest: "raw.type == 'other' || kafka.partition == 9",
});
const NAME = CONTRACT.name;
const TABLES = ['shop.buys', 'shop.logins', 'shop.rest'] as const;
const QUARANTINE = 'shop.buys__quarantine';

/** One letter a record: b, l, o by type; u of no type; j no JSON; x without an id. */
function batch(kinds: string, offset = 0) {
  const types: Readonly<Record<string, string>> = { b: 'buy', l: 'login', o: 'other', u: 'unknown', x: 'buy' };
  return packRecords(
    [...kinds].map((kind, i) => {
      const text =
        kind === 'j'
          ? '{"type":'
          : JSON.stringify({ type: types[kind], ...(kind === 'x' ? {} : { id: `${offset + i}` }), at: '2026-01-01T00:00:00Z' });
      return {
        source: { id: 'main/shop/1', topic: 'shop' },
        topicPartition: 0,
        kafkaOffset: offset + i,
        timestampMs: 1_767_225_600_000 + offset + i,
        timestampType: 0 as const,
        key: Buffer.from(`k${i}`),
        value: Buffer.from(text),
        headers: undefined,
      };
    }),
  );
}

const land = (ports: Ports, records: ReturnType<typeof batch>, contract = CONTRACT) =>
  landBatch({ ports, contract, records, deadline: startDeadline(ports.clock, LIMITS.landDeadlineMs) });
const commit = (ports: Ports) =>
  commitContract({ ports, contractName: NAME, deadline: startDeadline(ports.clock, LIMITS.commitDeadlineMs) });
const audit = (ports: Ports) => auditTable({ ports, contractName: NAME });
const idsOf = async (ports: Ports, table: string) => (await rowsOf(ports, table)).map((row) => row.split(':')[1]);

describe('several tables from one topic', () => {
  it('each record is a row of the table whose route holds, and the rest is quarantined with its reason', async () => {
    const { ports } = makeMemoryPorts();
    const landed = await land(ports, batch('blobujxb'));
    expect(landed.counts).toMatchObject({ accepted: 5, quarantined: 3 });
    expect(landed.ruleCounts).toMatchObject({ 'unrouted:quarantine': 1, 'not-json:quarantine': 1, 'required:quarantine': 1 });
    await commit(ports);
    expect(await Promise.all([...TABLES, QUARANTINE].map((table) => idsOf(ports, table)))).toEqual([
      ['0', '3', '7'],
      ['1'],
      ['2'],
      ['4', '5', '6'],
    ]);
    const report = await audit(ports);
    expect(report).toMatchObject({ clean: true, sources: [{ covered: 8, counts: { accepted: 5, quarantined: 3 }, isAccounted: true }] });
    expect(report.tables).toHaveLength(4);
  });

  it('one table that is parked stops no other, and goes on by itself', async () => {
    const { ports, world } = makeMemoryPorts();
    await land(ports, batch('blo'));
    await commit(ports);
    const pointer = world.tables.get('shop.logins')!;
    const resolved = await ensureTables({ ports, contract: CONTRACT });
    world.dropTable(identifierOf('shop.logins'));
    await landBatch({
      ports,
      contract: CONTRACT,
      resolved,
      records: batch('blox', 3),
      deadline: startDeadline(ports.clock, LIMITS.landDeadlineMs),
    });
    expect((await commit(ports)).parked).toMatchObject([{ table: 'shop.logins', reason: 'table-missing' }]);
    expect(await idsOf(ports, 'shop.buys')).toEqual(['0', '3']);
    expect(await idsOf(ports, 'shop.rest')).toEqual(['2', '5']);
    expect(await idsOf(ports, QUARANTINE)).toEqual(['6']);
    world.tables.set('shop.logins', pointer);
    expect(await audit(ports)).toMatchObject({ clean: false, parked: [{ table: 'shop.logins' }] });
  });

  it('whichever call fails, no table has a row twice or lacks one', async () => {
    const records = batch('blobujxb');
    const whole = async (ports: Ports) => {
      await land(ports, records);
      await commit(ports);
    };
    const counting = makeMemoryPorts();
    await whole(counting.ports);
    const calls = counting.calls.filter(({ op }) => op === 'create' || op === 'commit').map(({ count }) => count);
    for (const count of calls) {
      for (const kind of ['apply-then-fail', 'crash-after'] as const) {
        const world = new MemoryWorld();
        const faulty = makeMemoryPorts({ world, fault: (call) => (call.count === count ? { kind } : undefined) });
        await whole(faulty.ports).catch((error: unknown) => {
          if (!(error instanceof FirnError || error instanceof CrashError)) throw error;
        });
        const second = makeMemoryPorts({ world, process: 'second', seed: 3 });
        await whole(second.ports);
        const label = `call ${count} ${kind}`;
        expect(await Promise.all([...TABLES, QUARANTINE].map((table) => idsOf(second.ports, table))), label).toEqual([
          ['0', '3', '7'],
          ['1'],
          ['2'],
          ['4', '5', '6'],
        ]);
        expect(await audit(second.ports), label).toMatchObject({ clean: true });
      }
    }
  });

  it('a redrive sends a record to the table that takes it by now', async () => {
    const { ports } = makeMemoryPorts();
    await land(ports, batch('bu'));
    await commit(ports);
    const wider = contractOf({ buys: "raw.type == 'buy'", logins: "raw.type in ['login', 'unknown']", rest: "raw.type == 'other'" });
    const result = await redrive({
      ports,
      contract: wider,
      resolved: await ensureTables({ ports, contract: wider }),
      judge: createJudge(wider),
      deadline: startDeadline(ports.clock, LIMITS.commitDeadlineMs),
      filter: { rule: 'unrouted' },
      isPlan: false,
    });
    expect(result).toMatchObject({ examined: 1, accepted: 1 });
    await commit(ports);
    expect(await idsOf(ports, 'shop.logins')).toEqual(['1']);
    expect(await idsOf(ports, QUARANTINE)).toEqual([]);
    expect(await audit(ports)).toMatchObject({ clean: true });
  });

  it('another contract version that routes a redelivered record elsewhere adds nothing', async () => {
    const { ports } = makeMemoryPorts();
    await land(ports, batch('blo'));
    await land(ports, batch('blob'), contractOf({ buys: "raw.type == 'login'", logins: "raw.type == 'buy'", rest: 'true' }));
    await commit(ports);
    expect(await idsOf(ports, 'shop.buys')).toEqual(['0']);
    expect(await idsOf(ports, 'shop.logins')).toEqual(['1', '3']);
    expect(await audit(ports)).toMatchObject({ clean: true });
  });
});
