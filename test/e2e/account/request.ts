// What a run on a real account is asked for. Nothing starts unless the account is named twice, once in a sentence that says what will happen;
// everything that is missing or wrong is said at once. No value is repeated in a message.

export interface AccountRequest {
  readonly account: string;
  readonly region: string;
  /** An existing MSK cluster, whose topics the run makes and leaves to be deleted. */
  readonly clusterArn: string;
  readonly authentication: 'iam' | 'none';
  /** `host:port,…` that this machine reaches. */
  readonly brokers: string;
  /** Kafka client properties of this machine's own connection, as for `firn run`. */
  readonly kafkaConfig: string | undefined;
  /** Set for an emulator that somebody else runs (LocalStack): where all calls go. */
  readonly endpoint: string | undefined;
  /** Polls the topics itself, for an emulator that does not. */
  readonly isPolling: boolean;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Throws with every problem. */
export function readAccountRequest(variables: Variables): AccountRequest {
  const problems: string[] = [];
  const asked = (name: string, expected: string, pattern: RegExp): string => {
    const value = variables[name] ?? '';
    if (!pattern.test(value)) problems.push(`${name} must be ${expected}`);
    return value;
  };
  const account = asked('FIRN_E2E_ACCOUNT', 'the account to deploy to, 12 digits', /^\d{12}$/);
  const region = asked('AWS_REGION', 'the region of the cluster', /^[a-z]{2}(-[a-z]+)+-\d$/);
  const clusterArn = asked('FIRN_E2E_CLUSTER_ARN', 'the ARN of an existing MSK cluster', /^arn:[^:]+:kafka:[^:]+:\d{12}:cluster\/.+$/);
  const brokers = asked(
    'FIRN_E2E_BROKERS',
    'bootstrap servers that this machine reaches, host:port with commas between',
    /^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$/,
  );
  const authentication = variables['FIRN_E2E_AUTHENTICATION'] ?? 'iam';
  if (authentication !== 'iam' && authentication !== 'none') problems.push('FIRN_E2E_AUTHENTICATION must be iam or none');
  if (clusterArn !== '' && !clusterArn.includes(`:kafka:${region}:${account}:`))
    problems.push('FIRN_E2E_CLUSTER_ARN must be of the account and the region');
  if (variables['FIRN_E2E_CONFIRM'] !== confirmation(account))
    problems.push(`FIRN_E2E_CONFIRM must be '${confirmation(/^\d{12}$/.test(account) ? account : '<account>')}'`);
  if (problems.length > 0)
    throw new Error(`e2e:aws deploys to a real account and costs money; it does not start:\n  - ${problems.join('\n  - ')}`);
  return {
    account,
    region,
    clusterArn,
    authentication: authentication as 'iam' | 'none',
    brokers,
    kafkaConfig: variables['FIRN_E2E_KAFKA_CONFIG'],
    endpoint: variables['AWS_ENDPOINT_URL'],
    isPolling: variables['FIRN_E2E_POLLER'] === 'own',
  };
}

/** The sentence a person has to write. */
export function confirmation(account: string): string {
  return `deploy and destroy in ${account}`;
}
