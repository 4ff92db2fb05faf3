// Lambda `recover`: one step of the recovery machine of one cluster. It answers a status; it throws what the machine tries again.
import { makeAwsClients } from '../../src/aws/clients.ts';
import { makeLambdaTelemetry } from '../../src/aws/system.ts';
import { makeAwsPorts } from '../../src/aws/wire-ports.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import { startProbe } from '../../src/isolation/probe-process.ts';
import { makeHandler } from '../shared/chain.ts';
import { METRIC_NAMESPACE } from '../shared/config.ts';
import { loadDeployedContract } from '../shared/contracts-file.ts';
import { invocationDeadline } from '../shared/deadline.ts';
import { kafkaPlaceOf, loadRecoverConfig, RECOVER_SERVICE, secretsEndpoint } from './config.ts';
import { connectKafka } from './connect.ts';
import { makeSecretReader } from './read-secret.ts';
import { parseRecoverInput, type RecoverAnswer, runRecoverStep } from './steps.ts';

const config = loadRecoverConfig();
const place = kafkaPlaceOf(config.kafka)!;
const telemetry = makeLambdaTelemetry({ namespace: METRIC_NAMESPACE, service: RECOVER_SERVICE, environment: config.environment });
const clients = makeAwsClients();
const ports = makeAwsPorts({ root: config.root, doorbellUrl: config.doorbellUrl, telemetry, clients });
const readSecret = makeSecretReader({
  credentials: () => clients.s3.config.credentials(),
  clock: ports.clock,
  endpoint: secretsEndpoint(),
});
const connect = async () => connectKafka(place, { readSecret, region: await clients.s3.config.region() });

export const handler = makeHandler(telemetry, (event: unknown, context): Promise<RecoverAnswer> => {
  const input = parseRecoverInput(event);
  const deadline = invocationDeadline(ports.clock, context, LIMITS.recoverDeadlineMs);
  const contractOf = (name: string) => loadDeployedContract(config.contractsFile, name);
  return runRecoverStep({ ports, deadline, contractOf, cluster: config.cluster, connect, guard: { startProbe } }, input);
});
