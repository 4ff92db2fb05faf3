// Every file that a table's metadata refers to: with all snapshots and references, the log of metadata files, manifest lists, manifests,
// live data and delete files of each, statistics. A manifest that several snapshots share is read once.
import { LIMITS } from '../../contract/limits.ts';
import { readReferenced } from '../../iceberg/create-file.ts';
import { loadManifest } from '../../iceberg/load-manifest.ts';
import type { LoadedTable } from '../../iceberg/load-table.ts';
import { readManifestList } from '../../iceberg/manifest-list.ts';
import { mapBounded } from '../../iceberg/map-bounded.ts';
import { statisticsOf } from '../../iceberg/table-updates.ts';
import type { ManifestFile } from '../../iceberg/types.ts';
import type { FileStore } from '../../ports.ts';
import { nameOf } from './held-names.ts';

/**
 * Names without folders. Throws TransientIoError where a file is not there any more: the table moved on while it was read. Cost: one
 * read per snapshot, one per manifest, LIMITS.manifestReadsAtOnce at once.
 */
export async function liveNames(files: Pick<FileStore, 'read'>, { metadata, pointer }: LoadedTable): Promise<ReadonlySet<string>> {
  const names = new Set<string>([nameOf(pointer.metadataLocation)]);
  const add = (path: string): void => void names.add(nameOf(path));
  for (const entry of metadata['metadata-log']) add(entry['metadata-file']);
  for (const kind of ['statistics', 'partition-statistics'] as const) {
    for (const line of statisticsOf(metadata, kind)) add(line['statistics-path']);
  }
  const manifests = new Map<string, ManifestFile>();
  await mapBounded(metadata.snapshots, LIMITS.manifestReadsAtOnce, async (snapshot) => {
    const list = snapshot['manifest-list'];
    add(list);
    for (const line of readManifestList(await readReferenced(files, list))) manifests.set(line.path, line);
  });
  await mapBounded([...manifests.values()], LIMITS.manifestReadsAtOnce, async (line) => {
    add(line.path);
    for (const { file, status } of await loadManifest({ files, metadata }, line)) {
      if (status === 2) continue;
      add(file.filePath);
      if (file.referencedDataFile !== undefined) add(file.referencedDataFile);
    }
  });
  return names;
}
