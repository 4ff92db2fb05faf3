// Deletes what nothing refers to and nobody is about to (promise 3). The order is the proof (DESIGN §7):
//   1  list objects older than the in-flight bound: whoever wrote them is past its deadline, and its requests are dead
//      (rule "bound above deadline")
//   2  names in staged descriptors, in unapplied entries, in open plans and compactions under way (rules "sweep honours descriptors",
//      "sweep honours entries"): whatever leaves these later is in a table by then
//   3  only then the table's metadata, with all snapshots and references (rule "sweep loads metadata last")
//   4  what is in none of these goes, unless another table has lived in the same folder
// Anything that cannot be read ends the sweep. Only files of known endings in the table's own `data` and `metadata` folders are looked
// at, and our copies, plans and results under `_firn/`.
import { LIMITS } from '../../contract/limits.ts';
import { contractPaths } from '../../contract/names.ts';
import { FirnError } from '../../errors.ts';
import { isGcEnabled } from '../../iceberg/expire.ts';
import { mapBounded } from '../../iceberg/map-bounded.ts';
import { parseMetadata } from '../../iceberg/metadata-json.ts';
import type { FileStat, Ports, Uri } from '../../ports.ts';
import type { Deadline } from '../deadline.ts';
import { nameOf, plannedPaths, stagedPaths, unappliedPaths } from './held-names.ts';
import { keepFiles } from './keep-files.ts';
import { liveNames } from './live-names.ts';
import { findOurTable } from './our-table.ts';
import { PLAN_KIND } from './stored-plan.ts';
import type { SweepResult, TableRequest } from './types.ts';

/** Copies old files, then sweeps the table. Cost: listings; every manifest of every snapshot; one request per deleted object. */
export async function sweepTable(request: TableRequest): Promise<SweepResult> {
  const { ports, table } = request;
  const none = { table, listed: 0, old: 0, deleted: 0, deletedBytes: 0, copied: 0, hasMore: false };
  const before = await findOurTable(request);
  if (before.kind === 'left') return { ...none, leftAlone: before.reason };
  if (!isGcEnabled(before.loaded.metadata)) return { ...none, leftAlone: 'gc.enabled is not true: its files may be of other tables, too' };
  try {
    const copied = await keepFiles(request);
    const listed = await listOld(request, before.loaded.metadata.location);
    const held = new Set<string>();
    for (const path of await stagedPaths(request)) held.add(nameOf(path));
    for (const path of await unappliedPaths(request)) held.add(nameOf(path));
    for (const path of await plannedPaths(request)) held.add(nameOf(path));
    const now = await findOurTable(request);
    if (now.kind === 'left') return { ...none, copied, leftAlone: now.reason };
    const live = await liveNames(ports.files, now.loaded);
    if (await hasStranger(request, { listed, live, uuid: now.loaded.metadata['table-uuid'] }))
      return { ...none, copied, leftAlone: SHARED };
    const isGarbage = ({ uri }: FileStat) => !held.has(nameOf(uri)) && !live.has(nameOf(uri));
    const garbage = [...listed.old.filter(isGarbage), ...listed.papers];
    const going = garbage.slice(0, LIMITS.sweepDeletesMax);
    await deleteChecked({ ports, deadline: request.deadline }, going);
    const deletedBytes = going.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const old = listed.old.length + listed.papers.length;
    return { table, listed: listed.listed, old, deleted: going.length, deletedBytes, copied, hasMore: garbage.length > going.length };
  } catch (error) {
    if (!(error instanceof FirnError) || error.name !== 'InputRefusedError') throw error;
    ports.telemetry.log('warn', 'a table is not swept', { table, code: error.code, message: error.message });
    return { ...none, leftAlone: error.message };
  }
}

interface Listed {
  readonly listed: number;
  /** Metadata files of any age in the table's folder. */
  readonly metadataFiles: readonly Uri[];
  /** Files of the table, and copies, older than the bound. */
  readonly old: readonly FileStat[];
  /** Maintenance's own plans and results past their time: nothing refers to them. */
  readonly papers: readonly FileStat[];
}

async function listOld({ ports, contractName }: TableRequest, location: Uri): Promise<Listed> {
  const paths = contractPaths(ports.root, contractName);
  const base = location.replace(/\/+$/, '');
  const nowMs = ports.clock.nowMs();
  const old: FileStat[] = [];
  const papers: FileStat[] = [];
  const metadataFiles: Uri[] = [];
  let listed = 0;
  for (const prefix of [`${base}/data/`, `${base}/metadata/`, paths.parked]) {
    for await (const stat of ports.files.list(prefix)) {
      listed++;
      if (METADATA.test(stat.uri)) metadataFiles.push(stat.uri);
      if (nowMs - stat.lastModifiedMs > LIMITS.sweepInFlightMs && OURS.test(stat.uri)) old.push(stat);
    }
  }
  for (const prefix of [`${paths.plans}${PLAN_KIND}-`, paths.compactions]) {
    for await (const stat of ports.files.list(prefix)) {
      listed++;
      if (nowMs - stat.lastModifiedMs > LIMITS.planHistoryMs) papers.push(stat);
    }
  }
  return { listed, metadataFiles, old, papers };
}

/** Endings of the files that writers of Iceberg tables make; any other file is somebody's who knows why. */
const OURS = /\.(parquet|avro|orc|puffin|stats|metadata\.json|metadata\.json\.gz)$/;

const METADATA = /\.metadata\.json(\.gz)?$/;

const SHARED = 'its folder holds metadata of another table, too, such as one that was renamed or dropped; nobody knows whose the files are';

/**
 * Has another table with files lived in this folder? A table keeps its location when it is renamed, and one that is made under the old
 * name gets the same. Cost: a read of each metadata file that is not in the table's own log; there are few.
 */
async function hasStranger(
  { ports, deadline }: TableRequest,
  given: { readonly listed: Listed; readonly live: ReadonlySet<string>; readonly uuid: string },
): Promise<boolean> {
  const unknown = given.listed.metadataFiles.filter((uri) => !given.live.has(nameOf(uri)));
  const found = await mapBounded(unknown, LIMITS.manifestReadsAtOnce, async (uri) => {
    deadline.check('look at metadata that is not in the log of the table');
    const bytes = await ports.files.read(uri);
    const metadata = bytes && parseMetadata(bytes);
    // Without snapshots it is what a lost race to create the table left.
    return metadata !== undefined && metadata['table-uuid'] !== given.uuid && metadata.snapshots.length > 0;
  });
  return found.includes(true);
}

/** Several at a time; the deadline directly before each lot (a sweep that slept must not go by what it saw). */
async function deleteChecked(
  { ports, deadline }: { readonly ports: Ports; readonly deadline: Deadline },
  stats: readonly FileStat[],
): Promise<void> {
  for (let at = 0; at < stats.length; at += LIMITS.deletesParallel) {
    deadline.check('deletion of files that nothing refers to');
    await Promise.all(stats.slice(at, at + LIMITS.deletesParallel).map(({ uri }) => ports.files.delete(uri)));
  }
}
