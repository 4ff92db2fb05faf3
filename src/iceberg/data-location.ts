// Where a data file of a table goes: under `<location>/data`, or spread by a hash of its name where the table asks for the
// object-store layout (`write.object-storage.enabled`). Source: LocationProviders of iceberg-java; vectors `location`.
import { murmur3 } from './murmur3.ts';
import type { TableMetadata } from './types.ts';

const HASH_BITS = 20;
const DIR_BITS = 4;
const DIRS = 3;

/** URI of a data file by its name relative to the data folder (`<partition path>/<file>` or `<file>`). */
export function dataLocation(metadata: Pick<TableMetadata, 'location' | 'properties'>, name: string): string {
  const { properties } = metadata;
  const base = (properties['write.data.path'] ?? `${metadata.location}/data`).replace(/\/+$/, '');
  if (properties['write.object-storage.enabled'] !== 'true') return `${base}/${name}`;
  const hash = hashPath(name);
  // Outside the table's own folder the last two parts of its location tell tables apart.
  const context = base.startsWith(metadata.location) ? '' : `${metadata.location.split('/').slice(-2).join('/')}/`;
  const hasPartitionPath = properties['write.object-storage.partitioned-paths'] !== 'false';
  return hasPartitionPath || context !== '' ? `${base}/${hash}/${context}${name}` : `${base}/${hash}-${name}`;
}

/** Three folders of four bits and one of eight: the last 20 bits of the name's hash. */
function hashPath(name: string): string {
  const bits = (murmur3(Buffer.from(name, 'utf8')) >>> 0).toString(2).padStart(32, '0').slice(-HASH_BITS);
  const folders = Array.from({ length: DIRS }, (_, i) => bits.slice(i * DIR_BITS, (i + 1) * DIR_BITS));
  return [...folders, bits.slice(DIRS * DIR_BITS)].join('/');
}
