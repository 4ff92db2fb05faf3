// The real functions, invoked with Lambda's events, on a local AWS: what they leave in Glue and S3 is what the same events leave in
// a local warehouse.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BatchResponse, RingRecord } from '../../../functions/commit/rings.ts';
import { makeLanding } from '../../../functions/land/landing.ts';
import { systemClock, systemIds } from '../../../src/aws/system.ts';
import type { CompiledContract } from '../../../src/contract/compiled.ts';
import { contractPaths, quarantineIdentifier } from '../../../src/contract/names.ts';
import { contractToJson } from '../../../src/contract/serialize.ts';
import { auditTable } from '../../../src/jobs/audit-table.ts';
import { commitContract } from '../../../src/jobs/commit-contract.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { makeLocalPorts } from '../../../src/local/system.ts';
import type { Ports } from '../../../src/ports.ts';
import { kafkaEvent, scoresContract } from './support/events.ts';
import { tableRows } from './support/rows.ts';
import { makeWarehouse, silent, type Warehouse } from './support/warehouse.ts';

type Handler<E, R> = (event: E, context: object) => Promise<R>;

const directory = mkdtempSync(join(tmpdir(), 'firn-interop-aws-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let warehouse: Warehouse;
beforeEach(async () => {
  warehouse = await makeWarehouse();
});

const CONTEXT = {
  awsRequestId: 'request',
  functionName: 'firn',
  memoryLimitInMB: '1769',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:firn',
  getRemainingTimeInMillis: () => 330_000,
};

/** A fresh copy of a function, as a cold start makes it, for the contracts deployed now. */
async function coldStart<E, R>(
  name: 'land' | 'commit' | 'watch',
  contracts: readonly CompiledContract[],
): Promise<(event: E) => Promise<R>> {
  const contractsFile = join(directory, `${randomUUID()}.json`);
  writeFileSync(contractsFile, JSON.stringify(Object.fromEntries(contracts.map((contract) => [contract.name, contractToJson(contract)]))));
  vi.unstubAllEnvs();
  vi.stubEnv('FIRN_ENVIRONMENT', 'interop');
  vi.stubEnv('FIRN_ROOT', warehouse.root);
  vi.stubEnv('FIRN_DOORBELL_URL', warehouse.queueUrl);
  vi.stubEnv('FIRN_INTEROP_VENV', undefined);
  if (name !== 'commit') vi.stubEnv('FIRN_CONTRACTS_FILE', contractsFile);
  if (name === 'land') vi.stubEnv('FIRN_CONTRACT', contracts[0]!.name);
  if (name === 'land') vi.stubEnv('FIRN_SOURCE', contracts[0]!.sources[0]!.name);
  vi.resetModules();
  const { handler } = (await import(`../../../functions/${name}/handler.ts`)) as { handler: Handler<E, R> };
  return (event) => handler(event, CONTEXT);
}

/** Every message that is in the doorbell's queue now, as Lambda would hand it over. */
async function receiveRings(): Promise<RingRecord[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: warehouse.queueUrl,
    MaxNumberOfMessages: 10,
    WaitTimeSeconds: 3,
    MessageSystemAttributeNames: ['ApproximateReceiveCount'],
  });
  const { Messages } = await warehouse.clients.sqs.send(command);
  return (Messages ?? []).map((message) => ({
    messageId: message.MessageId!,
    receiptHandle: message.ReceiptHandle!,
    body: message.Body!,
    attributes: { ApproximateReceiveCount: message.Attributes?.ApproximateReceiveCount ?? '1' },
  }));
}

function ringOf(contract: string): RingRecord {
  return {
    messageId: randomUUID(),
    receiptHandle: 'none',
    body: JSON.stringify({ contract }),
    attributes: { ApproximateReceiveCount: '1' },
  };
}

function awsPorts(): Ports {
  return { ...warehouse, clock: systemClock, ids: systemIds, telemetry: silent, doorbell: { ring: async () => {} } };
}

/** The same events through the local path. */
async function localPorts(deliveries: readonly (readonly [CompiledContract, unknown])[]): Promise<Ports> {
  const ports = makeLocalPorts({ warehouse: mkdtempSync(join(directory, 'local-')) });
  for (const [contract, event] of deliveries) {
    const deadline = startDeadline(ports.clock, 60_000);
    await makeLanding(ports, contract)(event, deadline);
    await commitContract({ ports, contractName: contract.name, deadline });
  }
  return ports;
}

async function contentOf(ports: Ports, contract: CompiledContract) {
  const { identifier } = contract.tables[0]!;
  return { accepted: await tableRows(ports, identifier), quarantined: await tableRows(ports, quarantineIdentifier(identifier)) };
}

function freshNamespace(): string {
  return `ns${randomUUID().replaceAll('-', '').slice(0, 12)}`;
}

describe('land and commit on AWS', () => {
  it('leave the same rows as the local path, and the audit is clean', async () => {
    const contract = scoresContract({ namespace: freshNamespace() });
    const events = [
      kafkaEvent({ partition: 0, from: 0, count: 300 }, { partition: 1, from: 40, count: 100 }),
      kafkaEvent({ partition: 0, from: 300, count: 50 }),
    ];
    const land = await coldStart<unknown, void>('land', [contract]);
    for (const event of events) expect(await land(event)).toBeUndefined();
    const rings = await receiveRings();
    expect(rings.map((ring) => JSON.parse(ring.body))).toContainEqual({ contract: contract.name });
    const commit = await coldStart<{ Records: readonly RingRecord[] }, BatchResponse>('commit', []);
    expect(await commit({ Records: rings })).toEqual({ batchItemFailures: [] });
    const here = await contentOf(awsPorts(), contract);
    const there = await contentOf(await localPorts(events.map((event) => [contract, event])), contract);
    expect(here).toEqual(there);
    expect(here.accepted.length + here.quarantined.length).toBeLessThan(450);
    expect(here.quarantined.length).toBeGreaterThan(0);
    const audit = await auditTable({ ports: awsPorts(), contractName: contract.name });
    expect(audit.clean).toBe(true);
    expect(audit.sources.map(({ partition, covered }) => [partition, covered])).toEqual([
      [0, 350],
      [1, 100],
    ]);
  });

  it('add nothing when the event and the ring are delivered again', async () => {
    const contract = scoresContract({ namespace: freshNamespace() });
    const event = kafkaEvent({ partition: 0, from: 0, count: 50 });
    const land = await coldStart<unknown, void>('land', [contract]);
    const commit = await coldStart<{ Records: readonly RingRecord[] }, BatchResponse>('commit', []);
    await land(event);
    await commit({ Records: [ringOf(contract.name)] });
    const once = await contentOf(awsPorts(), contract);
    const pointer = await warehouse.catalog.load(contract.tables[0]!.identifier);
    await land(event);
    await land(kafkaEvent({ partition: 0, from: 10, count: 20 }));
    expect(await commit({ Records: [ringOf(contract.name), ringOf(contract.name)] })).toEqual({ batchItemFailures: [] });
    expect(await commit({ Records: [ringOf(contract.name)] })).toEqual({ batchItemFailures: [] });
    expect(await contentOf(awsPorts(), contract)).toEqual(once);
    expect(await warehouse.catalog.load(contract.tables[0]!.identifier)).toEqual(pointer);
    expect((await auditTable({ ports: awsPorts(), contractName: contract.name })).clean).toBe(true);
  });

  it('keep each record once when the contract changes between two attempts of the same event', async () => {
    const namespace = freshNamespace();
    const [first, second] = [scoresContract({ namespace }), scoresContract({ namespace, version: 2 })];
    const event = kafkaEvent({ partition: 0, from: 0, count: 60 });
    const commit = await coldStart<{ Records: readonly RingRecord[] }, BatchResponse>('commit', []);
    await (await coldStart<unknown, void>('land', [first]))(event);
    await (await coldStart<unknown, void>('land', [second]))(event);
    await commit({ Records: [ringOf(first.name)] });
    await (await coldStart<unknown, void>('land', [second]))(kafkaEvent({ partition: 0, from: 60, count: 40 }));
    await commit({ Records: [ringOf(first.name)] });
    const here = await contentOf(awsPorts(), second);
    const later = kafkaEvent({ partition: 0, from: 60, count: 40 });
    const there = await contentOf(
      await localPorts([
        [first, event],
        [second, later],
      ]),
      second,
    );
    expect(here).toEqual(there);
    const audit = await auditTable({ ports: awsPorts(), contractName: first.name });
    expect(audit.sources.map(({ covered, counts }) => [covered, Object.values(counts).reduce((a, b) => a + b, 0)])).toEqual([[100, 100]]);
    expect(audit.clean).toBe(true);
  });

  it('commit the groups that can when one cannot, and report only that one', async () => {
    const [good, bad] = [scoresContract({ namespace: freshNamespace() }), scoresContract({ namespace: freshNamespace() })];
    for (const contract of [good, bad])
      await (await coldStart<unknown, void>('land', [contract]))(kafkaEvent({ partition: 0, from: 0, count: 20 }));
    const paths = contractPaths(warehouse.root, bad.name);
    await warehouse.files.create(paths.entry(1), Buffer.from('this is no ledger entry'));
    const rings = [ringOf(bad.name), ringOf(good.name), ringOf(bad.name)];
    const commit = await coldStart<{ Records: readonly RingRecord[] }, BatchResponse>('commit', []);
    const answer = await commit({ Records: rings });
    expect(answer.batchItemFailures).toEqual([rings[0], rings[2]].map((ring) => ({ itemIdentifier: ring!.messageId })));
    expect((await tableRows(awsPorts(), good.tables[0]!.identifier)).length).toBeGreaterThan(0);
    expect(await tableRows(awsPorts(), bad.tables[0]!.identifier)).toEqual([]);
  });

  it('refuse an event of a topic nobody declared, so that Lambda delivers it again', async () => {
    const contract = scoresContract({ namespace: freshNamespace() });
    const event = kafkaEvent({ partition: 0, from: 0, count: 2 });
    const foreign = JSON.parse(JSON.stringify(event).replaceAll('game.scores', 'other.topic'));
    const land = await coldStart<unknown, void>('land', [contract]);
    await expect(land(foreign)).rejects.toMatchObject({ name: 'InputRefusedError' });
  });
});

describe('watch on AWS', () => {
  it('rings for what is staged and lost its ring, and for nothing else', async () => {
    const [staged, idle] = [scoresContract({ namespace: freshNamespace() }), scoresContract({ namespace: freshNamespace() })];
    await (await coldStart<unknown, void>('land', [staged]))(kafkaEvent({ partition: 0, from: 0, count: 5 }));
    await receiveRings();
    warehouse = { ...warehouse, queueUrl: (await makeWarehouse()).queueUrl };
    const watch = await coldStart<object, void>('watch', [staged, idle]);
    await watch({});
    expect((await receiveRings()).map((ring) => JSON.parse(ring.body))).toEqual([{ contract: staged.name }]);
  });
});
