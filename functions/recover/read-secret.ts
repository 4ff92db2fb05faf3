// Reads one secret of Secrets Manager: a signed request of its JSON protocol, which is all that is needed of the service here. The secret
// leaves this file as values alone, never in a message. Source: AWS Secrets Manager API reference, GetSecretValue.
import { backoffMs, systemRetryTools } from '../../src/aws/retry.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import { InputRefusedError, TransientIoError } from '../../src/errors.ts';
import type { Clock } from '../../src/ports.ts';
import { type AwsCredentials, sigV4 } from '../../src/rest/sigv4.ts';
import type { ReadSecret } from './connect.ts';

export interface SecretTools {
  readonly credentials: () => Promise<AwsCredentials>;
  readonly clock: Clock;
  /** Of a local service. @default the region of the ARN */
  readonly endpoint: string | undefined;
}

const ARN = /^arn:([a-z0-9-]+):secretsmanager:([a-z0-9-]+):\d{12}:secret:.+$/;

/** A reader of secrets that hold a JSON object. Throws InputRefusedError for one that is none, TransientIoError when nobody answers. */
export function makeSecretReader(tools: SecretTools): ReadSecret {
  return async (arn) => {
    const [, partition, region] = ARN.exec(arn) ?? [];
    if (partition === undefined || region === undefined) throw refused('its ARN is none of a secret');
    const domain = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
    const url = `${tools.endpoint ?? `https://secretsmanager.${region}.${domain}`}/`;
    const authoriser = sigV4({ region, signingName: 'secretsmanager', credentials: tools.credentials, clock: tools.clock });
    return secretOf(await ask(url, JSON.stringify({ SecretId: arn }), authoriser));
  };
}

async function ask(url: string, body: string, authoriser: ReturnType<typeof sigV4>): Promise<string> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.GetSecretValue' };
  for (let attempt = 1; ; attempt++) {
    const signed = await authoriser.authorise({ method: 'POST', url, headers, body });
    const answer = await send(url, { headers: { ...headers, ...signed }, body });
    if (answer.status === 200) return answer.text;
    if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) throw refused(`Secrets Manager answers ${answer.status}`);
    if (attempt >= LIMITS.ioAttemptsMax) {
      throw new TransientIoError(`the secret with the Kafka login could not be read in ${attempt} attempts; try again`, {
        code: 'secret-unread',
      });
    }
    await systemRetryTools.sleep(backoffMs(attempt, systemRetryTools.random));
  }
}

/** Status 0: no answer. */
async function send(
  url: string,
  request: { readonly headers: Record<string, string>; readonly body: string },
): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const answer = await fetch(url, { method: 'POST', ...request, signal: AbortSignal.timeout(LIMITS.ioTimeoutMs), redirect: 'error' });
    return { status: answer.status, text: await answer.text() };
  } catch {
    // Whatever kept it from being answered: the next attempt, or the error behind the last one, says so.
    return { status: 0, text: '' };
  }
}

function secretOf(text: string): Readonly<Record<string, unknown>> {
  if (text.length > LIMITS.secretBytesMax) throw refused(`it has more than ${LIMITS.secretBytesMax} bytes`);
  try {
    const { SecretString } = JSON.parse(text) as { readonly SecretString?: string };
    const secret: unknown = JSON.parse(SecretString ?? 'null');
    if (typeof secret === 'object' && secret !== null) return secret as Readonly<Record<string, unknown>>;
  } catch {
    // A parser's message quotes its input: it goes no further (promise 11).
  }
  throw refused('it is no JSON object');
}

function refused(what: string): InputRefusedError {
  return new InputRefusedError(`the secret with the Kafka login cannot be used: ${what}; check its ARN, its form and the role`, {
    code: 'kafka-login',
  });
}
