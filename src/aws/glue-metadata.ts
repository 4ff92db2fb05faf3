// What Glue shows of a metadata file, read before the commit. Best effort: a file that cannot be read or understood changes no
// outcome, the columns stay as they are and the metric says so. Of a file that this process wrote a moment ago nothing is read.
import { knownMetadata } from '../iceberg/known-metadata.ts';
import type { FileStore, Telemetry, Uri } from '../ports.ts';
import type { ShownMetadata } from './glue-columns.ts';

export const COLUMNS_NOT_SHOWN_METRIC = 'glue-columns-not-shown';

/** The facts of the metadata file, or undefined. Ids of snapshots are not read, so JSON numbers are exact enough. */
export async function readShownMetadata(
  context: { readonly files: FileStore; readonly telemetry: Telemetry },
  metadataLocation: Uri,
): Promise<ShownMetadata | undefined> {
  const known = knownMetadata(context.files, metadataLocation);
  if (known) return known;
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

function isShown(metadata: Partial<ShownMetadata>): metadata is ShownMetadata {
  return typeof metadata.location === 'string' && typeof metadata['current-schema-id'] === 'number' && Array.isArray(metadata.schemas);
}
