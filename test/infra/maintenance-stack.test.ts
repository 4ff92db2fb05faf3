import { describe, expect, it } from 'vitest';
import { MAINTAIN_SCHEMA, MAINTENANCE_METRICS } from '../../functions/maintain/config.ts';
import { kafkaPlaceOf, RECOVER_SCHEMA } from '../../functions/recover/config.ts';
import { MAINTENANCE_AGE_METRIC, MAINTENANCE_AGE_MINUTES } from '../../functions/watch/config.ts';
import type { FirnConfig } from '../../infra/config.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import {
  CLUSTER_ARN,
  CONFIG,
  CONTRACTS,
  contractOf,
  deploy,
  type Resource,
  resourcesOf,
  SECRET,
  SELF_MANAGED,
  source,
} from './support/deployment.ts';

const NETWORK = { subnetIds: ['subnet-1', 'subnet-2'], securityGroupIds: ['sg-1'] };
const REACHABLE: FirnConfig = {
  ...CONFIG,
  kafka: { kind: 'msk', clusterArn: CLUSTER_ARN, authentication: { kind: 'iam' }, network: NETWORK },
};
const { maintenanceTemplate: template } = deploy();
const { maintenanceTemplate: reachable } = deploy(REACHABLE);

const functionOf = (part: string, of = template): Resource['Properties'] =>
  [...resourcesOf(of, 'AWS::Lambda::Function')].find(([id]) => id.includes(part))![1].Properties;
const variablesOf = (properties: Resource['Properties']) => (properties['Environment'] as { Variables: Record<string, string> }).Variables;
const schedulesOf = (of = template) =>
  [...resourcesOf(of, 'AWS::Scheduler::Schedule')].map(([id, { Properties }]) => ({ id, ...Properties }));

describe('the functions of maintenance and recovery', () => {
  it('run on Node 24 on arm64 with X-Ray traces, below fourteen minutes, with a log group of their own that forgets', () => {
    const functions = resourcesOf(template, 'AWS::Lambda::Function');
    for (const { Properties } of functions.values()) {
      expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], TracingConfig: { Mode: 'Active' } });
      expect(Properties['Timeout']).toBeLessThanOrEqual(14 * 60);
    }
    const groups = [...resourcesOf(template, 'AWS::Logs::LogGroup').values()];
    expect(groups).toHaveLength(functions.size + resourcesOf(template, 'AWS::StepFunctions::StateMachine').size);
    expect(groups.every(({ Properties }) => Properties['RetentionInDays'] === 30)).toBe(true);
  });

  it.each([
    ['FirnMaintainFunction', MAINTAIN_SCHEMA],
    ['RecoverFunction', RECOVER_SCHEMA],
  ])('%s gets exactly the keys its config reads', (part, schema) => {
    const own = Object.keys(variablesOf(functionOf(part))).filter((key) => key.startsWith('FIRN_'));
    expect(own.sort()).toEqual(
      Object.values(schema)
        .map(({ key }) => key)
        .sort(),
    );
    expect(own.length).toBeLessThanOrEqual(8);
  });

  it('leave time for a request behind the deadline of a unit of recovery, which is that of a landing', () => {
    expect(LIMITS.recoverDeadlineMs + LIMITS.ioTimeoutMs).toBeLessThanOrEqual(LIMITS.recoverTimeoutS * 1000);
    expect(LIMITS.recoverDeadlineMs).toBeLessThanOrEqual(LIMITS.landDeadlineMs);
  });

  it('recovery enters the network that is configured, and none otherwise', () => {
    expect(functionOf('RecoverFunction')).not.toHaveProperty('VpcConfig');
    expect(functionOf('RecoverFunction', reachable)).toMatchObject({
      VpcConfig: { SubnetIds: NETWORK.subnetIds, SecurityGroupIds: NETWORK.securityGroupIds },
    });
    expect(functionOf('FirnMaintainFunction', reachable)).not.toHaveProperty('VpcConfig');
  });

  it.each([
    ['Amazon MSK by IAM', REACHABLE.kafka, { kind: 'msk', clusterArn: CLUSTER_ARN, isVpcConnection: false, authentication: 'iam' }],
    [
      'brokers of one’s own by SCRAM, in one order',
      { ...SELF_MANAGED, bootstrapServers: [...SELF_MANAGED.bootstrapServers].reverse() },
      {
        kind: 'brokers',
        bootstrapServers: [...SELF_MANAGED.bootstrapServers].sort(),
        isPlaintext: false,
        authentication: 'scram-256',
        secretArn: SECRET,
      },
    ],
  ])('recovery is told how to reach %s, secrets by name alone', (_what, kafka, place) => {
    const { maintenanceTemplate } = deploy({ ...CONFIG, kafka });
    expect(kafkaPlaceOf(variablesOf(functionOf('RecoverFunction', maintenanceTemplate))['FIRN_KAFKA']!)).toEqual(place);
  });

  it('there is one recovery a cluster that a source is read from, and none for a cluster nobody reads', () => {
    const clusters = { us: { ...SELF_MANAGED }, idle: { ...SELF_MANAGED, bootstrapServers: ['x.example.net:9092'] } };
    const contracts = [contractOf('game.events', 'events', [source('eu', 'events'), { ...source('us', 'events'), cluster: 'us' }])];
    const { maintenance } = deploy({ ...CONFIG, clusters }, contracts);
    expect([...maintenance.maintenance.recoveries.keys()]).toEqual(['default', 'us']);
  });
});

describe('the schedules', () => {
  it('start maintenance of every contract in a window of its interval, with the contract’s name and nothing else', () => {
    const schedules = schedulesOf();
    expect(schedules.map((one) => JSON.parse((one as unknown as { Target: { Input: string } }).Target.Input))).toEqual(
      CONTRACTS.map(({ name }) => ({ contract: name })),
    );
    for (const one of schedules) {
      expect(one).toMatchObject({
        ScheduleExpression: `rate(${LIMITS.maintainEveryHours} hours)`,
        FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: LIMITS.maintainWindowMinutes },
        State: 'ENABLED',
      });
    }
  });

  it('ask about unverified offsets where a function reaches the cluster', () => {
    const inputs = schedulesOf(reachable).map((one) => JSON.parse((one as unknown as { Target: { Input: string } }).Target.Input));
    expect(inputs.filter(({ kind }) => kind === 'resolve').map(({ contract }) => contract)).toEqual(CONTRACTS.map(({ name }) => name));
  });

  it('can be slower, or off: then runs are started by hand', () => {
    const { maintenanceTemplate: slow } = deploy({ ...REACHABLE, maintenance: { everyHours: 24, resolveEveryHours: 'off' } });
    expect(schedulesOf(slow).map((one) => (one as unknown as { ScheduleExpression: string }).ScheduleExpression)).toEqual(
      CONTRACTS.map(() => 'rate(1 day)'),
    );
    const { maintenanceTemplate: off } = deploy({ ...CONFIG, maintenance: { everyHours: 'off' } });
    expect(schedulesOf(off)).toEqual([]);
    expect(resourcesOf(off, 'AWS::StepFunctions::StateMachine').size).toBe(2);
  });
});

describe('the alarms of maintenance', () => {
  const alarms = [...resourcesOf(template, 'AWS::CloudWatch::Alarm').values()].map(({ Properties }) => Properties);
  const named = (metric: string) => alarms.filter((alarm) => alarm['MetricName'] === metric);

  it('watch executions that fail or take too long, and of every contract debt and the time since it was maintained', () => {
    const machines = resourcesOf(template, 'AWS::StepFunctions::StateMachine').size;
    expect(named('ExecutionsFailed')).toHaveLength(machines);
    expect(named('ExecutionsTimedOut')).toHaveLength(machines);
    expect(named(MAINTENANCE_METRICS.debtSmallFiles)).toHaveLength(CONTRACTS.length);
    expect(named(MAINTENANCE_AGE_METRIC)).toHaveLength(CONTRACTS.length);
  });

  it('ring for late maintenance after three intervals, at each look, and stay as they are between two looks', () => {
    for (const alarm of named(MAINTENANCE_AGE_METRIC)) {
      expect(alarm).toMatchObject({
        Threshold: LIMITS.maintainLateIntervals * LIMITS.maintainEveryHours * 3600,
        Period: MAINTENANCE_AGE_MINUTES * 60,
        EvaluationPeriods: 1,
        TreatMissingData: 'ignore',
      });
    }
  });

  it('say nothing about lateness where no schedule runs', () => {
    const { maintenanceTemplate: off } = deploy({ ...CONFIG, maintenance: { everyHours: 'off' } });
    const metrics = [...resourcesOf(off, 'AWS::CloudWatch::Alarm').values()].map(({ Properties }) => Properties['MetricName']);
    expect(metrics).not.toContain(MAINTENANCE_AGE_METRIC);
  });
});
