// What a deployment is, as a record that travels in the template it makes: environment, clusters, contracts. `firn deploy-plan`
// reads it from the template that is deployed and from the one about to be, and so knows both without asking anybody. The contracts
// are whole, compressed, because a template has at most 1 MB.
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import type { CompiledContract } from './compiled.ts';
import { contractFromJson, contractToJson } from './serialize.ts';

/** As much of a cluster's configuration as decides on data and positions. No secret, not even its name. */
export interface DeployedCluster {
  readonly kind: 'msk' | 'self-managed';
  /** ARN of the cluster, or its brokers, sorted. */
  readonly brokers: readonly string[];
  readonly authentication: string;
  /** Seconds of gathering; undefined: Lambda's default, which cannot be restored. */
  readonly windowS: number | undefined;
  readonly pollers: 'on-demand' | { readonly minimum: number; readonly maximum: number };
  /** Where records go that are given up; undefined: retries without end. */
  readonly failedRecordsTo: string | undefined;
}

export interface Deployment {
  readonly environment: string;
  readonly encryption: 'aws' | 'customer';
  readonly kafka: DeployedCluster;
  readonly clusters: Readonly<Record<string, DeployedCluster>>;
  readonly contracts: readonly CompiledContract[];
}

/** Key in a template's `Metadata`; below it one record per pipeline, by the path of its construct. */
export const DEPLOYMENT_METADATA = 'Firn';

const RECORD_VERSION = 1;

/** Contracts of a template take at most so many bytes before compression. */
const CONTRACTS_BYTES_MAX = 64 * 1024 * 1024;

/** A deployment as JSON for a template. */
export function deploymentToRecord(deployment: Deployment): Readonly<Record<string, unknown>> {
  const { contracts, ...rest } = deployment;
  const text = JSON.stringify([...contracts].sort((a, b) => (a.name < b.name ? -1 : 1)).map(contractToJson));
  const packed = brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } });
  return { version: RECORD_VERSION, ...rest, names: contracts.map(({ name }) => name).sort(), contracts: packed.toString('base64') };
}

/** Reads what `deploymentToRecord` wrote. Throws TypeError for anything else, a record of another version included. */
export function deploymentFromRecord(record: unknown): Deployment {
  const { version, names: _names, contracts, ...rest } = record as Record<string, unknown> & { readonly contracts?: unknown };
  if (version !== RECORD_VERSION || typeof contracts !== 'string') {
    throw new TypeError(`expected a record of a deployment of version ${RECORD_VERSION}, got version ${String(version)}`);
  }
  const text = brotliDecompressSync(Buffer.from(contracts, 'base64'), { maxOutputLength: CONTRACTS_BYTES_MAX }).toString('utf8');
  return { ...(rest as unknown as Omit<Deployment, 'contracts'>), contracts: (JSON.parse(text) as string[]).map(contractFromJson) };
}

/** Every record in a template's metadata, by the path of its pipeline. */
export function deploymentsOf(template: unknown): ReadonlyMap<string, Deployment> {
  const metadata = (template as { readonly Metadata?: Readonly<Record<string, unknown>> } | null)?.Metadata?.[DEPLOYMENT_METADATA];
  if (metadata === undefined || metadata === null || typeof metadata !== 'object') return new Map();
  return new Map(Object.entries(metadata).map(([path, record]) => [path, deploymentFromRecord(record)]));
}
