// Typed environment of a function: one schema object says name, meaning and form of every key, for the function that reads them
// and for infra that writes them. Missing, malformed and unknown FIRN_ keys fail the cold start, all of them in one message.
import { ContractError } from '../../src/errors.ts';

/** One environment variable. `T` is its value in the program. */
export interface EnvKey<T> {
  readonly key: `FIRN_${string}`;
  /** What a value looks like, for messages. */
  readonly expected: string;
  /** The value, or undefined if the text is none. */
  readonly parse: (text: string) => T | undefined;
}

export type EnvSchema = Readonly<Record<string, EnvKey<string>>>;
export type ConfigOf<S extends EnvSchema> = { readonly [K in keyof S]: S[K] extends EnvKey<infer T> ? T : never };

/** Reads the whole configuration or throws one ContractError that lists every problem. Values are not repeated: they may be secret. */
export function parseEnvironment<S extends EnvSchema>(schema: S, environment: Readonly<Record<string, string | undefined>>): ConfigOf<S> {
  const problems: string[] = [];
  const config: Record<string, string> = {};
  for (const [name, { key, expected, parse }] of Object.entries(schema)) {
    const text = environment[key];
    const value = text === undefined || text === '' ? undefined : parse(text);
    if (value !== undefined) config[name] = value;
    else problems.push(text === undefined || text === '' ? `${key} is missing (expected ${expected})` : `${key} is not ${expected}`);
  }
  const known = new Set<string>(Object.values(schema).map(({ key }) => key));
  for (const key of Object.keys(environment).sort()) {
    if (key.startsWith('FIRN_') && !known.has(key)) problems.push(`${key} is unknown`);
  }
  if (problems.length > 0) {
    throw new ContractError(`the function's environment is wrong: ${problems.join('; ')}; deploy the stack again`, { code: 'environment' });
  }
  return config as ConfigOf<S>;
}

/** The environment infra gives the function. Values may be unresolved CDK tokens, so they are passed on unread. */
export function environmentOf<S extends EnvSchema>(schema: S, config: ConfigOf<S>): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, { key }] of Object.entries(schema)) environment[key] = config[name as keyof S] as string;
  return environment;
}

const matching = (pattern: RegExp) => (text: string) => (pattern.test(text) ? text : undefined);

/** Keys several functions share. */
export const SHARED_KEYS = {
  environment: { key: 'FIRN_ENVIRONMENT', expected: 'a name of letters, digits and -', parse: matching(/^[A-Za-z0-9-]{1,32}$/) },
  root: {
    key: 'FIRN_ROOT',
    expected: 's3://bucket or s3://bucket/prefix without a slash at the end',
    parse: matching(/^s3:\/\/[^/]+(\/[^/]+)*$/),
  },
  doorbellUrl: { key: 'FIRN_DOORBELL_URL', expected: 'the URL of a FIFO queue', parse: matching(/^https?:\/\/\S+\.fifo$/) },
  contractsFile: { key: 'FIRN_CONTRACTS_FILE', expected: 'the path of a JSON file', parse: matching(/\.json$/) },
} as const satisfies EnvSchema;

export const contractNameKey = {
  key: 'FIRN_CONTRACT',
  expected: '<namespace>.<dataset>',
  parse: matching(/^[^./\s]+\.[^/\s]+$/),
} as const satisfies EnvKey<string>;

/** A record names its topic and no more; with several clusters two sources may have one topic, so a function knows its source. */
export const sourceNameKey = {
  key: 'FIRN_SOURCE',
  expected: 'the name of a source of the contract',
  parse: matching(/^[A-Za-z0-9._-]{1,249}$/),
} as const satisfies EnvKey<string>;

/** CloudWatch namespace of all of Firn's own metrics: what functions emit, alarms read. */
export const METRIC_NAMESPACE = 'Firn';

/** Compiled contracts beside the bundle: contract name → serialised contract. Written by infra, read by contracts-file.ts. */
export type ContractsFile = Readonly<Record<string, string>>;
export const CONTRACTS_FILE = 'contracts.json';
