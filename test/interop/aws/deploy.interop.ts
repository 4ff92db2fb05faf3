// The unchanged template on a local AWS: `cdk deploy`, then the deployed land function is invoked with a Kafka event, and the queue,
// its event source and the deployed commit function do the rest. Proves bundles, handlers, environments and wiring in a Node
// process of Lambda's own making; it proves nothing about permissions and Kafka pollers, which the local AWS does not have.
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import config from '../../../firn.config.ts';
import { systemClock, systemIds } from '../../../src/aws/system.ts';
import { auditTable } from '../../../src/jobs/audit-table.ts';
import type { Ports } from '../../../src/ports.ts';
import { tableRows } from './support/rows.ts';
import { makeAdapters, silent } from './support/warehouse.ts';

const ROOT = join(import.meta.dirname, '../../..');
const ENDPOINT = process.env['AWS_ENDPOINT_URL']!;
const MINUTE_MS = 60_000;
const home = mkdtempSync(join(tmpdir(), 'firn-deploy-'));

/** Its own home: the CDK command remembers which account a key belongs to. */
function cdk(...args: readonly string[]): void {
  const command = join(dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')), 'bin/cdk');
  const ran = spawnSync(process.execPath, [command, ...args, '--output', join(home, 'cdk.out')], {
    cwd: ROOT,
    env: {
      PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
      HOME: home,
      CI: 'true',
      AWS_ENDPOINT_URL: ENDPOINT,
      AWS_ACCESS_KEY_ID: 'deploy',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
    },
    encoding: 'utf8',
    timeout: 5 * MINUTE_MS,
  });
  if (ran.status !== 0) throw new Error(`cdk ${args[0]} ended with ${ran.status}: ${ran.stdout.slice(-2_000)} ${ran.stderr.slice(-2_000)}`);
}

beforeAll(() => {
  cdk('bootstrap', 'aws://000000000000/us-east-1');
  cdk('deploy', '--all', '--require-approval', 'never', '--concurrency', '1');
}, 12 * MINUTE_MS);
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** The local AWS reads the service from the signature's scope and checks nothing else of it. */
async function lambda(path: string, body?: unknown): Promise<Response> {
  const scope = 'test/20260101/us-east-1/lambda/aws4_request';
  return fetch(`${ENDPOINT}/2015-03-31/functions/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

function accessEvents(count: number): unknown {
  const nowMs = systemClock.nowMs();
  const topic = 'game.access-events';
  const records = Array.from({ length: count }, (_, offset) => {
    const value = {
      event_id: randomUUID(),
      event_time: nowMs - 1_000,
      user_id: offset % 5 === 0 ? '' : `u${offset}`,
      geo: { country: 'kr' },
    };
    const encoded = Buffer.from(JSON.stringify(value)).toString('base64');
    return { topic, partition: 0, offset, timestamp: nowMs, timestampType: 'CREATE_TIME', key: null, value: encoded, headers: [] };
  });
  const eventSourceArn = config.kafka.kind === 'msk' ? config.kafka.clusterArn : undefined;
  return { eventSource: 'aws:kafka', eventSourceArn, bootstrapServers: 'b-1.example.net:9098', records: { [`${topic}-0`]: records } };
}

describe('the deployed stacks', () => {
  it(
    'land an event, ring, commit, and add nothing when the event comes again',
    async () => {
      const { Functions } = (await (await lambda('')).json()) as {
        Functions: { FunctionName: string; Environment: { Variables: Record<string, string> } }[];
      };
      const land = Functions.find(({ Environment }) => Environment.Variables['FIRN_CONTRACT'] === 'game.access-events')!;
      const event = accessEvents(100);
      for (let delivery = 1; delivery <= 2; delivery++) {
        const answer = await lambda(`${land.FunctionName}/invocations`, event);
        expect([answer.status, answer.headers.get('x-amz-function-error'), await answer.text()]).toEqual([200, null, 'null']);
      }
      const ports: Ports = {
        ...makeAdapters(),
        root: land.Environment.Variables['FIRN_ROOT']!,
        clock: systemClock,
        ids: systemIds,
        telemetry: silent,
        doorbell: { ring: async () => {} },
      };
      const table = { namespace: 'game', name: 'access_events' };
      for (let waitedMs = 0; waitedMs < MINUTE_MS && (await tableRows(ports, table)).length === 0; waitedMs += 500) await sleep(500);
      expect(await tableRows(ports, table)).toHaveLength(80);
      for (
        let waitedMs = 0;
        waitedMs < MINUTE_MS && (await tableRows(ports, { ...table, name: 'access_events__quarantine' })).length === 0;
        waitedMs += 500
      ) {
        await sleep(500);
      }
      expect(await tableRows(ports, { ...table, name: 'access_events__quarantine' })).toHaveLength(20);
      const audit = await auditTable({ ports, contractName: 'game.access-events' });
      expect(audit.sources.map(({ covered }) => covered)).toEqual([100]);
      expect(audit.clean).toBe(true);
    },
    4 * MINUTE_MS,
  );
});
