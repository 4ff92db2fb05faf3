// Every kind of fault at every kind of call the functions make to S3, Glue and SQS: land, commit and watch go on as Lambda would (the
// event source and the queue deliver again), and afterwards every record is in exactly one place.
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { BatchResponse, RingRecord } from '../../../functions/commit/rings.ts';
import { makeLanding } from '../../../functions/land/landing.ts';
import { makeAwsClients } from '../../../src/aws/clients.ts';
import { systemClock, systemIds } from '../../../src/aws/system.ts';
import { makeAwsPorts } from '../../../src/aws/wire-ports.ts';
import type { CompiledContract } from '../../../src/contract/compiled.ts';
import { contractToJson } from '../../../src/contract/serialize.ts';
import { auditTable } from '../../../src/jobs/audit-table.ts';
import { commitContract } from '../../../src/jobs/commit-contract.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import type { Ports } from '../../../src/ports.ts';
import { kafkaEvent, scoresContract } from './support/events.ts';
import { CALLS, FAULTS, type FaultProxy, type ProxyFault, startFaultProxy } from './support/fault-proxy.ts';
import { makeWarehouse, silent, type Warehouse } from './support/warehouse.ts';

type Handler<E, R> = (event: E, context: object) => Promise<R>;

/** Calls of the first landing of a contract alone. */
const FIRST_CALLS = ['Glue.CreateTable', 'Glue.CreateDatabase'];
const RECORDS = 10;
/** Lambda's event source and queue deliver without end; more than this would be no recovery. */
const DELIVERIES_MAX = 6;
/** So that a request nobody answers costs little; backoff likewise. */
const QUICK = { ioTimeoutMs: 400, connectTimeoutMs: 400, ioBackoffMsMin: 1, ioBackoffMsMax: 5, conflictPauseMs: 1 };
const CONTEXT = {
  awsRequestId: 'request',
  functionName: 'firn',
  memoryLimitInMB: '1769',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:firn',
  getRemainingTimeInMillis: () => 330_000,
};

const directory = mkdtempSync(join(tmpdir(), 'firn-faults-aws-'));
const outcomes: { readonly call: string; readonly fault: ProxyFault; readonly deliveries: number }[] = [];
let warehouse: Warehouse;
let proxy: FaultProxy;
let contract: CompiledContract;
let land: (event: unknown) => Promise<void>;
let commit: (event: { Records: readonly RingRecord[] }) => Promise<BatchResponse>;
let watch: (event: object) => Promise<void>;
let landed = 0;

beforeAll(async () => {
  warehouse = await makeWarehouse();
  proxy = await startFaultProxy(process.env['AWS_ENDPOINT_URL']!);
  contract = scoresContract({ namespace: freshNamespace() });
  land = await coldStart<unknown, void>('land');
  commit = await coldStart<{ Records: readonly RingRecord[] }, BatchResponse>('commit');
  watch = await coldStart<object, void>('watch');
});
afterAll(async () => {
  await proxy.stop();
  rmSync(directory, { recursive: true, force: true });
  const folder = join(import.meta.dirname, '../../../.interop/results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'aws-faults.json'), JSON.stringify({ records: landed, outcomes }, null, 1));
});

/** A function as a cold start makes it, behind the proxy. */
async function coldStart<E, R>(name: 'land' | 'commit' | 'watch'): Promise<(event: E) => Promise<R>> {
  const contractsFile = join(directory, `${name}.json`);
  writeFileSync(contractsFile, JSON.stringify({ [contract.name]: contractToJson(contract) }));
  vi.unstubAllEnvs();
  vi.stubEnv('AWS_ENDPOINT_URL', proxy.endpoint);
  vi.stubEnv('FIRN_ENVIRONMENT', 'interop');
  vi.stubEnv('FIRN_ROOT', warehouse.root);
  vi.stubEnv('FIRN_DOORBELL_URL', doorbellUrl());
  vi.stubEnv('FIRN_INTEROP_VENV', undefined);
  if (name !== 'commit') vi.stubEnv('FIRN_CONTRACTS_FILE', contractsFile);
  if (name === 'land') vi.stubEnv('FIRN_CONTRACT', contract.name);
  if (name === 'land') vi.stubEnv('FIRN_SOURCE', contract.sources[0]!.name);
  vi.resetModules();
  const { LIMITS } = await import('../../../src/contract/limits.ts');
  Object.assign(LIMITS, QUICK);
  const { handler } = (await import(`../../../functions/${name}/handler.ts`)) as { handler: Handler<E, R> };
  return (event) => handler(event, CONTEXT);
}

/** The client sends to where the queue's URL says. */
function doorbellUrl(): string {
  return warehouse.queueUrl.replace(new URL(warehouse.queueUrl).origin, proxy.endpoint);
}

function freshNamespace(): string {
  return `ns${randomUUID().replaceAll('-', '').slice(0, 12)}`;
}

function observer(): Ports {
  return { ...warehouse, clock: systemClock, ids: systemIds, telemetry: silent, doorbell: { ring: async () => {} } };
}

/** Delivers until it is taken, as the event source does; how often. */
async function deliver(take: () => Promise<boolean>): Promise<number> {
  for (let delivery = 1; delivery <= DELIVERIES_MAX; delivery++) if (await take()) return delivery;
  throw new Error(`not taken in ${DELIVERIES_MAX} deliveries`);
}

async function isTaken(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    // Whatever Lambda would see as a failure of the invocation must be an error of ours, named for its alarms.
    expect((error as Error).name).toMatch(/^(TransientIo|CommitStateUnknown|CommitConflict|CommitRefused|Deadline)Error$/);
    return false;
  }
}

async function commitOnce(): Promise<boolean> {
  const body = JSON.stringify({ contract: contract.name });
  const ring = { messageId: randomUUID(), receiptHandle: 'none', body, attributes: { ApproximateReceiveCount: '1' } };
  return (await commit({ Records: [ring] })).batchItemFailures.length === 0;
}

/** Lands ten records with the fault in the way, watches, and commits with it in the way again. */
async function goThrough(call: string, fault: ProxyFault): Promise<void> {
  const event = kafkaEvent({ partition: 0, from: landed, count: RECORDS });
  landed += RECORDS;
  let hasFired = false;
  proxy.arm(call, fault);
  let deliveries = await deliver(() => isTaken(land(event)));
  hasFired = proxy.disarm() || hasFired;
  proxy.arm(call, fault);
  deliveries += await deliver(() => isTaken(watch({})));
  hasFired = proxy.disarm() || hasFired;
  proxy.arm(call, fault);
  deliveries += await deliver(commitOnce);
  hasFired = proxy.disarm() || hasFired;
  expect(hasFired, `${fault} at ${call} was played`).toBe(true);
  outcomes.push({ call, fault, deliveries: deliveries - 3 });
}

async function expectClean(name: string, offsets: number): Promise<void> {
  const audit = await auditTable({ ports: observer(), contractName: name });
  expect(audit.sources.map(({ covered }) => covered)).toEqual([offsets]);
  expect(audit).toMatchObject({ clean: true, parked: [] });
}

describe('faults at every call to AWS', () => {
  it('without a fault the functions work through the proxy and make these calls', async () => {
    const event = kafkaEvent({ partition: 0, from: 0, count: RECORDS });
    landed = RECORDS;
    expect(await deliver(() => isTaken(land(event)))).toBe(1);
    expect(await deliver(commitOnce)).toBe(1);
    expect([...proxy.calls.keys()]).toEqual(expect.arrayContaining([...CALLS, ...FIRST_CALLS]));
    await expectClean(contract.name, landed);
  });

  it.each(FAULTS)('%s: at every kind of call of land, watch and commit, every record ends in exactly one place', async (fault) => {
    for (const call of CALLS) await goThrough(call, fault);
    await expectClean(contract.name, landed);
  });

  it.each(FAULTS)('%s: at every kind of call that makes a contract its tables, the first landing succeeds in the end', async (fault) => {
    vi.stubEnv('AWS_ENDPOINT_URL', proxy.endpoint);
    const clients = makeAwsClients({ requestTimeoutMs: QUICK.ioTimeoutMs });
    const ports = makeAwsPorts({ root: warehouse.root, doorbellUrl: doorbellUrl(), telemetry: silent, clients });
    for (const call of FIRST_CALLS) {
      const fresh = scoresContract({ namespace: freshNamespace() });
      proxy.arm(call, fault);
      const event = kafkaEvent({ partition: 0, from: 0, count: RECORDS });
      const deadline = startDeadline(ports.clock, 60_000);
      const deliveries = await deliver(() => isTaken(makeLanding(ports, fresh)(event, deadline)));
      expect(proxy.disarm()).toBe(true);
      outcomes.push({ call, fault, deliveries: deliveries - 1 });
      await commitContract({ ports, contractName: fresh.name, deadline });
      await expectClean(fresh.name, RECORDS);
    }
    clients.destroy();
  });
});
