// Landing and committing over in-memory ports, every call checked against the policy of the role that would make it on AWS: a
// permission the code needs and the template lacks is found here, not at night.
import { describe, expect, it } from 'vitest';
import { makeLanding } from '../../functions/land/landing.ts';
import { ringStaged } from '../../functions/watch/ring-staged.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import { commitContract } from '../../src/jobs/commit-contract.ts';
import { startDeadline } from '../../src/jobs/deadline.ts';
import { kafkaEvent, scoresContract } from '../interop/aws/support/events.ts';
import { type Fault, type FaultHook, type MemoryPorts, MemoryWorld, makeMemoryPorts, type PortCall } from '../support/memory/index.ts';
import { CONFIG, deploy } from './support/deployment.ts';
import { allowedTo, permits } from './support/policies.ts';

const NAMESPACE = 'game';
const [first, second] = [scoresContract({ namespace: NAMESPACE }), scoresContract({ namespace: NAMESPACE, version: 2 })];
const { ingestTemplate: template } = deploy(CONFIG, [first]);
const GLUE = 'arn:<AWS::Partition>:glue:<AWS::Region>:<AWS::AccountId>';
const DAY_MS = 24 * 60 * 60 * 1000;

/** What a call of a port is on AWS: actions, each on all of the resources. */
function requestsOf(call: PortCall): readonly (readonly [string, readonly string[]])[] {
  const object = call.target.replace('s3://lake', '<bucket>');
  const [namespace, name] = call.target.split('.');
  const table = [`${GLUE}:catalog`, `${GLUE}:database/${namespace}`, `${GLUE}:table/${namespace}/${name}`];
  switch (call.op) {
    case 'read':
    case 'stat':
      return [
        ['s3:GetObject', [object]],
        ['s3:ListBucket', ['<bucket>']],
      ];
    case 'create':
      return call.port === 'catalog' ? [['glue:CreateTable', table]] : [['s3:PutObject', [object]]];
    case 'delete':
      return [['s3:DeleteObject', [object]]];
    case 'list':
      return [['s3:ListBucket', ['<bucket>']]];
    case 'load':
      return [['glue:GetTable', table]];
    case 'commit':
      return [
        ['glue:GetTable', table],
        ['glue:UpdateTable', table],
      ];
    case 'ensure-namespace':
      return [['glue:GetDatabase', [`${GLUE}:catalog`, `${GLUE}:database/${call.target}`]]];
    case 'ring':
      return [['sqs:SendMessage', [...allowedTo(template, 'WatchRole').get('sqs:SendMessage')!]]];
    case 'list-tables':
      return [['glue:GetTables', table]];
  }
}

/** A process under a role: refuses what the role may not do, as AWS would. */
function processOf(world: MemoryWorld, role: string, policy: string) {
  const allowed = allowedTo(template, policy);
  const denied: string[] = [];
  const used = new Set<string>();
  let more: FaultHook | undefined;
  const fault: FaultHook = (call): Fault | undefined => {
    for (const [action, resources] of requestsOf(call)) {
      used.add(`${action} ${resources.join(' ').replace(/[0-9a-f-]{16,}.*$/, '…')}`);
      if (permits(allowed, action, resources)) continue;
      denied.push(`${action} ${resources.join(' ')}`);
      return { kind: 'refuse' };
    }
    return more?.(call);
  };
  const memory: MemoryPorts = makeMemoryPorts({ world, process: role, root: 's3://lake', fault });
  return { ports: memory.ports, denied, used, setFault: (hook: FaultHook | undefined) => void (more = hook) };
}

describe('the roles suffice for', () => {
  it('landing, evolving, committing, rewriting, conflicts, checkpoints, clean-up and ringing', async () => {
    const world = new MemoryWorld();
    const land = processOf(world, 'land', 'LandRole');
    const commit = processOf(world, 'commit', 'CommitRole');
    const watch = processOf(world, 'watch', 'WatchRole');
    const landing = { first: makeLanding(land.ports, first), second: makeLanding(land.ports, second) };
    const commitNow = () =>
      commitContract({ ports: commit.ports, contractName: first.name, deadline: startDeadline(world, LIMITS.commitDeadlineMs) });
    const landNow = (which: 'first' | 'second', from: number, count: number) =>
      landing[which](kafkaEvent({ partition: 0, from, count }), startDeadline(world, LIMITS.landDeadlineMs));
    await landNow('first', 0, 40);
    await ringStaged(watch.ports, [first.name], (_name, error) => {
      throw error;
    });
    await commitNow();
    await landNow('first', 20, 40);
    await landNow('second', 60, 20);
    commit.setFault((call) => (call.op === 'commit' && call.count % 2 === 0 ? { kind: 'lost' } : undefined));
    await commitNow().catch(() => {});
    commit.setFault(undefined);
    await commitNow();
    for (let i = 0; i < LIMITS.checkpointEveryEntries + 6; i++) {
      await landNow('second', 80 + 5 * i, 5);
      await commitNow();
    }
    await landNow('second', 5_000, 10);
    world.advance(LIMITS.fileCopyAgeMs + LIMITS.fileCheckAgeMs);
    await commitNow();
    world.advance(3 * DAY_MS);
    for (let i = 0; i < LIMITS.checkpointEveryEntries + 6; i++) {
      await landNow('second', 6_000 + 5 * i, 5);
      await commitNow();
    }
    expect([land.denied, commit.denied, watch.denied]).toEqual([[], [], []]);
    const folder = (name: string) => new RegExp(`^s3:DeleteObject <bucket>/_firn/${first.name}/${name}/`);
    for (const name of ['staged', 'ledger']) expect([...commit.used].some((use) => folder(name).test(use))).toBe(true);
    expect([...commit.used].some((use) => use.startsWith('s3:DeleteObject <bucket>/game/scores/metadata/'))).toBe(true);
    expect([...land.used].some((use) => use.startsWith('glue:UpdateTable'))).toBe(true);
    // Some 140 landings and commits: seconds on a quiet machine, and it need not be quiet.
  }, 300_000);

  it('nothing beyond that: a landing under the role of watch is refused', async () => {
    const world = new MemoryWorld();
    const watch = processOf(world, 'watch', 'WatchRole');
    await expect(
      makeLanding(watch.ports, first)(kafkaEvent({ partition: 0, from: 0, count: 1 }), startDeadline(world, 1_000)),
    ).rejects.toThrow();
    expect(watch.denied.length).toBeGreaterThan(0);
  });
});
