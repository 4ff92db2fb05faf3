// What is staged of a contract: descriptors in the order of their names, which is the order of time. A descriptor that cannot be
// read as one is set aside: counted, logged, kept, never decided and never deleted; its neighbours go on (promise 4).
import { contractPaths } from '../contract/names.ts';
import { InputRefusedError } from '../errors.ts';
import { parseDescriptor } from '../ledger/descriptor-codec.ts';
import type { Descriptor } from '../ledger/types.ts';
import type { Ports, Uri } from '../ports.ts';

export interface StagedDescriptor {
  readonly id: string;
  readonly uri: Uri;
  readonly sizeBytes: number;
}

/** Names of the staged descriptors, ascending. Cost: one listing. */
export async function listStaged({
  ports,
  contractName,
}: {
  readonly ports: Ports;
  readonly contractName: string;
}): Promise<StagedDescriptor[]> {
  const prefix = contractPaths(ports.root, contractName).staged;
  const staged: StagedDescriptor[] = [];
  for await (const { uri, sizeBytes } of ports.files.list(prefix)) {
    if (uri.endsWith('.json')) staged.push({ id: uri.slice(prefix.length, -'.json'.length), uri, sizeBytes });
  }
  return staged;
}

export type ReadDescriptor =
  | { readonly kind: 'read'; readonly descriptor: Descriptor }
  /** Deleted meanwhile: whoever did it advanced the ledger. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'poisoned' };

/** Reads one staged descriptor. */
export async function readStaged(
  { ports, contractName }: { readonly ports: Ports; readonly contractName: string },
  staged: StagedDescriptor,
): Promise<ReadDescriptor> {
  const bytes = await ports.files.read(staged.uri);
  if (!bytes) return { kind: 'gone' };
  try {
    const descriptor = parseDescriptor(bytes);
    if (descriptor.id === staged.id && descriptor.contract === contractName) return { kind: 'read', descriptor };
    throw new InputRefusedError('staged descriptor: expected the id and contract of its name', { code: 'descriptor-malformed' });
  } catch (error) {
    if (!(error instanceof InputRefusedError)) throw error;
    ports.telemetry.count('descriptor-poisoned', 1, { contract: contractName });
    ports.telemetry.log('error', 'a staged descriptor cannot be read; it is kept and set aside', {
      uri: staged.uri,
      reason: error.message,
    });
    return { kind: 'poisoned' };
  }
}
