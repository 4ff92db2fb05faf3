// The ports of a warehouse on S3 with the Glue catalog. Imported only when one is asked for: the AWS SDK takes its time to load.
// Region, credentials and endpoint are found by the SDK's own rules and looked at first, so that a missing one is said plainly.
// The doorbell only collects: this process commits what it lands by itself, and rings for nobody (DESIGN §6 makes that safe).
import { type AwsClients, makeAwsClients } from '../aws/clients.ts';
import { makeAwsPorts } from '../aws/wire-ports.ts';
import { InputRefusedError } from '../errors.ts';
import { collectingDoorbell } from '../local/system.ts';
import type { Ports, Telemetry } from '../ports.ts';

/** Throws InputRefusedError if the SDK finds no region or no credentials; makes no request to the warehouse. */
export async function openGlueWarehouse(options: { readonly root: string; readonly telemetry: Telemetry }): Promise<Ports> {
  const clients = makeAwsClients();
  await assertConfigured(clients);
  return makeAwsPorts({ ...options, clients, doorbell: collectingDoorbell().doorbell });
}

async function assertConfigured({ glue }: AwsClients): Promise<void> {
  try {
    await glue.config.region();
  } catch (cause) {
    const message = '--catalog glue found no AWS region: expected one in AWS_REGION or in the profile; set AWS_REGION';
    throw new InputRefusedError(message, { code: 'aws-region', cause });
  }
  try {
    await glue.config.credentials();
  } catch (cause) {
    const message =
      '--catalog glue found no AWS credentials: expected them where the AWS SDK looks (environment, profile, role); set AWS_PROFILE, or sign in again';
    throw new InputRefusedError(message, { code: 'aws-credentials', cause });
  }
}
