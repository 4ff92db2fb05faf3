// Lambda `land`: a Kafka event → data files and one descriptor. It answers nothing and throws when the batch could not be made
// durable: the event source then delivers the whole batch again, which is harmless (promise 2). Partial batch responses are not
// used: they need provisioned pollers and would save nothing, because one descriptor covers the batch.
import { makeLambdaTelemetry } from '../../src/aws/system.ts';
import { makeAwsPorts } from '../../src/aws/wire-ports.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import { makeHandler } from '../shared/chain.ts';
import { METRIC_NAMESPACE } from '../shared/config.ts';
import { loadDeployedContract } from '../shared/contracts-file.ts';
import { invocationDeadline } from '../shared/deadline.ts';
import { LAND_SERVICE, LANDED_METRICS, loadLandConfig } from './config.ts';
import { makeLanding } from './landing.ts';
import { prime } from './prime.ts';

const config = loadLandConfig();
const telemetry = makeLambdaTelemetry({ namespace: METRIC_NAMESPACE, service: LAND_SERVICE, environment: config.environment });
const ports = makeAwsPorts({ root: config.root, doorbellUrl: config.doorbellUrl, telemetry });
// Here and not in the first invocation: a process that starts has the processor to itself.
prime(telemetry);
const land = makeLanding(ports, loadDeployedContract(config.contractsFile, config.contract), config.source);

export const handler = makeHandler(telemetry, async (event: unknown, context): Promise<void> => {
  const result = await land(event, invocationDeadline(ports.clock, context, LIMITS.landDeadlineMs));
  const { descriptorId, records, repeated, dataFiles, dataBytes, counts } = result;
  const { records: landed, bytes, files } = LANDED_METRICS;
  telemetry.countTogether({ [landed]: records, [bytes]: dataBytes, [files]: dataFiles }, { contract: config.contract });
  telemetry.log('info', 'landed', { contract: config.contract, descriptorId, records, repeated, dataFiles, dataBytes, ...counts });
});
