// Lambda `commit`: rings → ledger entries and table commits. Answers with the messages of the contracts that failed (rings.ts).
import { makeAwsClients } from '../../src/aws/clients.ts';
import { makeRingRelease } from '../../src/aws/sqs-release.ts';
import { makeLambdaTelemetry } from '../../src/aws/system.ts';
import { makeAwsPorts } from '../../src/aws/wire-ports.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import { commitContract } from '../../src/jobs/commit-contract.ts';
import { makeHandler } from '../shared/chain.ts';
import { METRIC_NAMESPACE } from '../shared/config.ts';
import { invocationDeadline } from '../shared/deadline.ts';
import { logFailure } from '../shared/failures.ts';
import { COMMIT_SERVICE, FAILED_COMMITS_METRIC, loadCommitConfig } from './config.ts';
import { answerRings, type BatchResponse, type RingRecord } from './rings.ts';
import { tellCommit } from './tell-commit.ts';

const config = loadCommitConfig();
const telemetry = makeLambdaTelemetry({ namespace: METRIC_NAMESPACE, service: COMMIT_SERVICE, environment: config.environment });
const clients = makeAwsClients();
const ports = makeAwsPorts({ root: config.root, doorbellUrl: config.doorbellUrl, telemetry, clients });
const release = makeRingRelease({ client: clients.sqs, queueUrl: config.doorbellUrl, telemetry });

export const handler = makeHandler(telemetry, (event: { readonly Records: readonly RingRecord[] }, context): Promise<BatchResponse> => {
  const deadline = invocationDeadline(ports.clock, context, LIMITS.commitDeadlineMs);
  return answerRings(event.Records, {
    commit: async (contractName) => {
      const startedMs = ports.clock.nowMs();
      const result = await commitContract({ ports, contractName, deadline, mayWait: true });
      tellCommit(telemetry, result, { startedMs, nowMs: ports.clock.nowMs() });
    },
    release,
    report: (contract, error) => {
      telemetry.count(FAILED_COMMITS_METRIC, 1, { contract });
      logFailure(telemetry, error);
    },
  });
});
