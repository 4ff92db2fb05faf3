// Lambda `watch`, every minute: rings contracts with staged descriptors, and tells how long ago each was maintained. Throws when a contract could not be looked at, after all
// others have been.
import { makeLambdaTelemetry } from '../../src/aws/system.ts';
import { makeAwsPorts } from '../../src/aws/wire-ports.ts';
import { makeHandler } from '../shared/chain.ts';
import { METRIC_NAMESPACE } from '../shared/config.ts';
import { deployedContractNames } from '../shared/contracts-file.ts';
import { asFirnError, logFailure } from '../shared/failures.ts';
import { loadWatchConfig, WATCH_SERVICE } from './config.ts';
import { tellMaintenanceAges } from './maintenance-age.ts';
import { ringStaged, throwIfAnyFailed } from './ring-staged.ts';

const config = loadWatchConfig();
const telemetry = makeLambdaTelemetry({ namespace: METRIC_NAMESPACE, service: WATCH_SERVICE, environment: config.environment });
const ports = makeAwsPorts({ root: config.root, doorbellUrl: config.doorbellUrl, telemetry });
const contractNames = deployedContractNames(config.contractsFile);

export const handler = makeHandler(telemetry, async (): Promise<void> => {
  const report = (_contract: string, error: unknown) => logFailure(telemetry, asFirnError(error));
  const { rung, failed: unrung } = await ringStaged(ports, contractNames, report);
  const failed = [...new Set([...unrung, ...(await tellMaintenanceAges(ports, contractNames, report))])];
  telemetry.log('info', 'watched', { contracts: contractNames.length, rung: rung.length, failed: failed.length });
  throwIfAnyFailed(failed);
});
