// What Glue shows of a metadata file, read before the commit. Best effort: a file that cannot be read or understood changes no
// outcome, the columns stay as they are and the metric says so. `rememberMetadata` makes the read free for the process that
// wrote the file a moment ago.
import type { FileStore, Telemetry, Uri } from '../ports.ts';
import type { ShownMetadata } from './glue-columns.ts';

export const COLUMNS_NOT_SHOWN_METRIC = 'glue-columns-not-shown';

/** The facts of the metadata file, or undefined. Ids of snapshots are not read, so JSON numbers are exact enough. */
export async function readShownMetadata(
  context: { readonly files: Pick<FileStore, 'read'>; readonly telemetry: Telemetry },
  metadataLocation: Uri,
): Promise<ShownMetadata | undefined> {
  let cause = 'absent';
  try {
    const bytes = await context.files.read(metadataLocation);
    const metadata = bytes === undefined ? undefined : (JSON.parse(bytes.toString('utf8')) as Partial<ShownMetadata>);
    if (metadata !== undefined && isShown(metadata)) return metadata;
    if (metadata !== undefined) cause = 'not table metadata';
  } catch (error) {
    cause = error instanceof Error ? error.name : 'unreadable';
  }
  context.telemetry.count(COLUMNS_NOT_SHOWN_METRIC, 1);
  context.telemetry.log('warn', 'the columns Glue shows stay as they are: the metadata file could not be used', {
    uri: metadataLocation,
    cause,
  });
  return undefined;
}

/**
 * Remembers the few metadata files this process created last: `files` records them and reads as before, `recent` answers for
 * the recorded ones without a request.
 */
export function rememberMetadata(files: FileStore, filesMax = 4): { readonly files: FileStore; readonly recent: Pick<FileStore, 'read'> } {
  const created = new Map<Uri, Uint8Array>();
  const recording: FileStore = {
    ...files,
    create: async (uri, bytes) => {
      const outcome = await files.create(uri, bytes);
      if (outcome === 'created' && uri.endsWith('.metadata.json')) {
        created.set(uri, bytes);
        if (created.size > filesMax) created.delete(created.keys().next().value!);
      }
      return outcome;
    },
  };
  const read: FileStore['read'] = async (uri, range) => {
    const known = range === undefined ? created.get(uri) : undefined;
    return known === undefined ? files.read(uri, range) : Buffer.from(known);
  };
  return { files: recording, recent: { read } };
}

function isShown(metadata: Partial<ShownMetadata>): metadata is ShownMetadata {
  return typeof metadata.location === 'string' && typeof metadata['current-schema-id'] === 'number' && Array.isArray(metadata.schemas);
}
