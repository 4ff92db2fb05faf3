// A recovery execution on the deployed machine: an event source is switched off while records, some of them of aborted transactions, arrive;
// the machine fetches them from the real broker through its own function. When the event source is switched on again it delivers the same
// records, and none of them lands twice. The function is told the broker's address, because the emulator knows no brokers.
import {
  GetFunctionConfigurationCommand,
  UpdateEventSourceMappingCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { must } from '../../interop/checks.ts';
import { execute } from '../executions.ts';
import { auditClean, readTables } from '../reading.ts';
import { findFunction, type Services } from '../services.ts';
import { settle } from '../settle.ts';
import { until } from '../until.ts';
import type { LocalWorld } from '../world.ts';
import { startTraffic } from './traffic.ts';

const WITHIN_MS = 3 * 60_000;
const PER_SECOND = 50;
const RECORDS_MIN = 200;

/** `first` is the number of the traffic's next record; gives that after what was sent here. Everything before must have settled. */
export async function recoverByExecution(world: LocalWorld, services: Services, first: number): Promise<number> {
  const { checks, access } = world;
  const { lambda } = services;
  const poller = world.fleet!.of(access.topic);
  const UUID = poller.mapping.id;
  await reachBroker(world, services);
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
  let sent = 0;
  try {
    await until('what was in flight is done', poller.isResting, { withinMs: WITHIN_MS, seen: () => poller.tally });
    const delivered = poller.tally.records;
    const traffic = startTraffic(world, { perSecond: PER_SECOND, first });
    await until('records wait at the broker', () => traffic.sent() >= RECORDS_MIN, { withinMs: WITHIN_MS, seen: traffic.sent });
    await traffic.stop();
    sent = traffic.sent();
    await checks.check('recovery execution: what Kafka holds behind the last delivery is landed without the event source', async () => {
      await execute(world, { output: 'RecoveryMachineArn', input: { contract: access.contract, kind: 'holes' } });
      must(poller.tally.records === delivered, 'expected the event source to deliver nothing meanwhile');
      must((await rows(world)) === first + sent, `expected ${first + sent} rows, got ${await rows(world)}`);
    });
    await checks.check('recovery execution: the audit is clean', async () => void (await auditClean(world, access.contract)));
  } finally {
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
  }
  await settle(world, services, [access]);
  await checks.equal(
    'recovery execution: the event source delivers the same records, and none lands twice',
    await rows(world),
    first + sent,
  );
  await checks.check('recovery execution: with nothing missing there is nothing to recover', async () => {
    await execute(world, { output: 'RecoveryMachineArn', input: { contract: access.contract, kind: 'resolve' } });
  });
  return first + sent;
}

async function reachBroker({ broker }: LocalWorld, services: Services): Promise<void> {
  const FunctionName = await findFunction(services, { FIRN_CLUSTER: 'default' });
  const { Environment } = await services.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const place = { kind: 'brokers', bootstrapServers: [broker.address], authentication: 'none', isPlaintext: true };
  const Variables = { ...Environment?.Variables, FIRN_KAFKA: JSON.stringify(place) };
  await services.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
}

async function rows(world: LocalWorld): Promise<number> {
  const name = world.access.table.split('.')[1]!;
  const { answers } = await readTables(world, [world.access.table], { rows: `select count(*) from ${name}` });
  return Number(answers['rows']![0]![0]);
}
