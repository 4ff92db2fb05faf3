// Landing and committing over in-memory ports, every call checked against the policy of the role that would make it on AWS: a
// permission the code needs and the template lacks is found here, not at night.
import { describe, expect, it } from 'vitest';
import { makeLanding } from '../../functions/land/landing.ts';
import { parseMaintainInput, runMaintainStep } from '../../functions/maintain/steps.ts';
import { DEFAULT_CLUSTER } from '../../functions/recover/config.ts';
import { parseRecoverInput, runRecoverStep } from '../../functions/recover/steps.ts';
import { tellMaintenanceAges } from '../../functions/watch/maintenance-age.ts';
import { ringStaged } from '../../functions/watch/ring-staged.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import type { MaintainInput, RecoverInput, UnitAnswer, UnitStatus } from '../../src/contract/machine-payloads.ts';
import { commitContract } from '../../src/jobs/commit-contract.ts';
import { startDeadline } from '../../src/jobs/deadline.ts';
import { compactGroup } from '../../src/jobs/maintenance/compact-group.ts';
import { expireTable } from '../../src/jobs/maintenance/expire-table.ts';
import { planMaintenance } from '../../src/jobs/maintenance/plan-maintenance.ts';
import { maintenanceReport } from '../../src/jobs/maintenance/report.ts';
import { sweepTable } from '../../src/jobs/maintenance/sweep-table.ts';
import { kafkaEvent, scoresContract } from '../interop/aws/support/events.ts';
import { FakeKafka } from '../support/kafka/fake-kafka.ts';
import {
  type Fault,
  type FaultHook,
  gameContract,
  type MemoryPorts,
  MemoryWorld,
  makeLab,
  makeMemoryPorts,
  type PortCall,
  records,
} from '../support/memory/index.ts';
import { CONFIG, deploy } from './support/deployment.ts';
import { allowedTo, permits } from './support/policies.ts';

const NAMESPACE = 'game';
const [first, second] = [scoresContract({ namespace: NAMESPACE }), scoresContract({ namespace: NAMESPACE, version: 2 })];
const { ingestTemplate: template, maintenanceTemplate } = deploy(CONFIG, [first]);
const GLUE = 'arn:<AWS::Partition>:glue:<AWS::Region>:<AWS::AccountId>';
const DAY_MS = 24 * 60 * 60 * 1000;
const JOBS = { plan: planMaintenance, compact: compactGroup, expire: expireTable, sweep: sweepTable, report: maintenanceReport };

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
      return [['sqs:SendMessage', []]];
    case 'list-tables':
      return [['glue:GetTables', table]];
  }
}

/** A process under a role: refuses what the role may not do, as AWS would. */
function processOf(world: MemoryWorld, role: string, policy: string, of = template) {
  const allowed = allowedTo(of, policy);
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
  });

  it('maintaining: planning, compacting through the committer and alone, expiring, sweeping, reporting', async () => {
    const world = new MemoryWorld();
    const land = processOf(world, 'land', 'LandRole');
    const commit = processOf(world, 'commit', 'CommitRole');
    const maintain = processOf(world, 'maintain', 'FirnMaintainRole', maintenanceTemplate);
    const watch = processOf(world, 'watch', 'WatchRole');
    const landing = makeLanding(land.ports, first);
    const commitNow = () =>
      commitContract({ ports: commit.ports, contractName: first.name, deadline: startDeadline(world, LIMITS.commitDeadlineMs) });
    const step = (input: MaintainInput) =>
      runMaintainStep(
        { ports: maintain.ports, jobs: JOBS, deadline: startDeadline(world, LIMITS.maintainDeadlineMs) },
        parseMaintainInput(input),
      );
    const contract = first.name;
    // What a landing that was killed leaves behind.
    await land.ports.files.create('s3://lake/game/scores/data/0a1b2c3d-1111-4222-8333-444455556666-0.parquet', Buffer.from('left behind'));
    let compactions = 0;
    for (let run = 0; run < 2; run++) {
      for (let i = 0; i < 2 * LIMITS.compactionOpenFilesMin; i++) {
        await landing(kafkaEvent({ partition: 0, from: 1_000 * run + 5 * i, count: 5 }), startDeadline(world, LIMITS.landDeadlineMs));
        await commitNow();
      }
      const planned = await step({ step: 'plan', contract, execution: `run-${run}` });
      if (planned.status !== 'planned' || !('groups' in planned)) throw new Error('expected a plan');
      const compacted: UnitAnswer[] = [];
      for (const group of planned.groups) {
        const [answer] = await Promise.all([
          step({ step: 'compact', contract, plan: planned.plan, group }),
          run === 0 ? commitNow() : undefined,
        ]);
        compacted.push({ status: answer.status as UnitStatus });
      }
      compactions += compacted.filter(({ status }) => status === 'done').length;
      world.advance(2 * DAY_MS);
      const kept: UnitAnswer[] = [];
      for (const table of planned.tables)
        for (const name of ['expire', 'sweep'] as const)
          kept.push({ status: (await step({ step: name, contract, table })).status as UnitStatus });
      const report = await step({ step: 'report', contract, execution: `run-${run}`, plan: planned.plan, compacted, kept });
      expect([report, kept.every(({ status }) => status === 'done')]).toEqual([{ status: 'complete' }, true]);
    }
    await tellMaintenanceAges(watch.ports, [contract], (_name, error) => {
      throw error;
    });
    expect([land.denied, commit.denied, maintain.denied, watch.denied]).toEqual([[], [], [], []]);
    expect(compactions).toBeGreaterThan(0);
    for (const use of ['s3:DeleteObject <bucket>/game/scores/data/', 'glue:UpdateTable', `s3:PutObject <bucket>/_firn/${contract}/plans/`])
      expect([use, [...maintain.used].some((one) => one.startsWith(use))]).toEqual([use, true]);
  });

  it('recovering: planning, asking Kafka, landing what it holds, recording what it lacks, auditing', async () => {
    const world = new MemoryWorld();
    const commit = processOf(world, 'commit', 'CommitRole');
    const recover = processOf(world, 'recover', 'RecoverRole', maintenanceTemplate);
    const contract = { ...gameContract(), name: 'game.events' };
    const kafka = new FakeKafka(world);
    kafka.makeTopic('events', 1);
    kafka.append('events', records('aaab..aaaa'));
    const lab = makeLab({ world, root: 's3://lake' });
    await lab.land(records('aa'));
    await lab.land(records('a', { offset: 7 }));
    await lab.commit();
    const step = (input: RecoverInput) =>
      runRecoverStep(
        {
          ports: recover.ports,
          deadline: startDeadline(world, LIMITS.recoverDeadlineMs),
          contractOf: () => contract,
          cluster: DEFAULT_CLUSTER,
          connect: async () => kafka.reader(),
        },
        parseRecoverInput(input),
      );
    const planned = await step({ step: 'plan', contract: contract.name, kind: 'holes', execution: 'run-1' });
    if (planned.status !== 'planned' || !('units' in planned)) throw new Error('expected a plan');
    const units: { status: string }[] = [];
    for (const unit of planned.units)
      units.push({ status: (await step({ step: 'unit', contract: contract.name, plan: planned.plan, unit, from: 0 })).status });
    expect((await step({ step: 'audit', contract: contract.name, execution: 'run-1', round: 1, units })).status).toBe('waiting');
    await commitContract({ ports: commit.ports, contractName: contract.name, deadline: startDeadline(world, LIMITS.commitDeadlineMs) });
    const audited = await step({ step: 'audit', contract: contract.name, execution: 'run-1', round: 1, units });
    expect([units.map(({ status }) => status), audited.status]).toEqual([['done', 'done'], 'clean']);
    expect(await step({ step: 'plan', contract: contract.name, kind: 'holes', execution: 'run-2' })).toEqual({ status: 'nothing' });
    expect([recover.denied, commit.denied]).toEqual([[], []]);
  });

  it('nothing beyond that: a landing under the role of watch is refused', async () => {
    const world = new MemoryWorld();
    const watch = processOf(world, 'watch', 'WatchRole');
    await expect(
      makeLanding(watch.ports, first)(kafkaEvent({ partition: 0, from: 0, count: 1 }), startDeadline(world, 1_000)),
    ).rejects.toThrow();
    expect(watch.denied.length).toBeGreaterThan(0);
  });
});
