// A table that was dropped and made again is rebuilt from the files of the old one: every live file of its last metadata, with the
// offsets that were live in it, so that deleted rows stay deleted. The files are looked at, not copied: those whose schema or spec
// is no longer the table's, or that had deletes, are rewritten when the entry is applied. Rows that are nowhere are gone.
import { LIMITS } from '../contract/limits.ts';
import { toStagedFile } from '../iceberg/data-file-json.ts';
import { partitionStruct } from '../iceberg/manifest-schema.ts';
import { planScan, type ScanTask } from '../iceberg/scan.ts';
import { schemaHash, specHash } from '../iceberg/schema-hash.ts';
import type { TableMetadata } from '../iceberg/types.ts';
import type { DecidedFile, DecidedTable } from '../ledger/entries.ts';
import { keptOffsets } from '../ledger/trim.ts';
import { effectOf, filesOf } from './entry-effect.ts';
import { entryGone, rowsOf } from './find-lost-files.ts';
import type { OldMetadata } from './find-old-metadata.ts';
import { type LedgerRequest, type LoadedLedger, loadEntry } from './load-ledger.ts';
import { appliedOf } from './load-together.ts';
import { parkedUri, targetOf } from './materialise-files.ts';
import { OffsetMap } from './offset-map.ts';
import { placedIn } from './placed-in.ts';
import { type PlannedAction, refuse, type UnparkContext } from './plan-unpark.ts';
import { type LiveFileReader, liveFileReader } from './read-live-rows.ts';
import type { UnparkTablePlan } from './unpark-plan.ts';

/** The plan of a rebuild. Throws InputRefusedError when rows would be given up and nobody accepted it. */
export async function planRebuild(
  context: UnparkContext,
  given: { readonly metadata: TableMetadata; readonly old: OldMetadata | undefined },
): Promise<PlannedAction> {
  const { table, state, ledger } = context;
  const { metadata, old } = given;
  const uuid = metadata['table-uuid'];
  const found = old ? await filesOfOld(context, old.metadata) : [];
  const pending = await thatAreLeft(context, await filesOfPending(context, context.table, appliedOf(old?.metadata) ?? 0));
  const files = [...found, ...pending];
  if (files.length > LIMITS.recoveryFilesMax)
    throw refuse(
      table,
      `the old table has ${files.length} files, at most ${LIMITS.recoveryFilesMax} go into one plan; restore it from a copy`,
    );
  const there = OffsetMap.of(files.flatMap(keptOffsets));
  const removed = OffsetMap.of(Object.values(state.removed).flat());
  const gone = [...placedIn(ledger.state, table).minus(there).minus(removed)];
  const rows = rowsOf(gone);
  if (rows > 0 && !context.isAccepted) {
    throw refuse(
      table,
      `${rows} of its rows are in no file that is left (${old ? 'deleted by others, or their files are gone' : 'no metadata of the old table is left'}); restore them, or accept that with --accept`,
    );
  }
  const target = targetOf(old?.metadata ?? metadata);
  const hashes = { schemaHash: schemaHash(target.schema), specHash: specHash(target.spec) };
  return {
    body: {
      action: 'rebuild',
      tableUuid: uuid,
      metadataLocation: old?.location ?? null,
      gone,
      tables: [{ table, tableUuid: uuid, ...hashes, files }],
    },
    effects: [
      `the new table gets ${there.count()} rows from ${files.length} files of the old one`,
      `${rows} rows are given up and counted as removed`,
      'tags, branches and snapshots of the old table are not brought along',
    ],
  };
}

async function filesOfOld(context: UnparkContext, old: TableMetadata): Promise<DecidedFile[]> {
  const { ports, table } = context;
  const reader: LiveFileReader = liveFileReader(ports, old);
  const files: DecidedFile[] = [];
  for (const task of await planScan({ metadata: old, files: ports.files })) {
    if (!(await ports.files.stat(task.file.filePath))) continue;
    const read = await reader(task);
    if (typeof read === 'string') throw refuse(table, `rows of the old table cannot be told apart: ${read}`);
    if (read.rowsWithoutPosition > 0 && !context.isAccepted) {
      throw refuse(
        table,
        `${task.file.filePath} has ${read.rowsWithoutPosition} rows of other writers, which a rebuild leaves out: accept that with --accept`,
      );
    }
    const live = [...read.live];
    if (live.length > 0) files.push(decidedOf(old, task, { live, isWhole: read.isWhole }));
  }
  return files;
}

function decidedOf(
  old: TableMetadata,
  { file }: ScanTask,
  given: { readonly live: DecidedFile['offsets']; readonly isWhole: boolean },
): DecidedFile {
  const spec = old['partition-specs'].find((one) => one['spec-id'] === file.specId)!;
  const staged = toStagedFile({ file, partition: partitionStruct(spec, old.schemas), offsets: given.live });
  // A file of an older spec keeps its rows and is written again under the current one.
  const isCurrent = file.specId === old['default-spec-id'];
  return { ...staged, keep: given.isWhole && isCurrent ? 'all' : given.live };
}

/** A file that is neither under its name nor parked would park the table again; its rows count as being in no file. */
async function thatAreLeft({ ports, contractName }: UnparkContext, files: readonly DecidedFile[]): Promise<DecidedFile[]> {
  const left: DecidedFile[] = [];
  for (const file of files) {
    if ((await ports.files.stat(file.path)) ?? (await ports.files.stat(parkedUri(ports, contractName, file.path)))) left.push(file);
  }
  return left;
}

/**
 * What a rebuild brings when it is carried out: the plan's files and those of entries decided since it was made. The entry starts the
 * table anew, so what it does not bring of them would never come.
 */
export async function tablesOfRebuild(request: LedgerRequest, ledger: LoadedLedger, plan: UnparkTablePlan): Promise<DecidedTable[]> {
  const [planned] = plan.tables;
  const since = await filesOfPending({ ...request, ledger, state: ledger.state.tables.get(plan.table)! }, plan.table, plan.basis);
  return planned ? [{ ...planned, files: [...planned.files, ...since] }] : [];
}

/** Files of entries after `from` that the old table had not applied. */
async function filesOfPending(
  context: LedgerRequest & Pick<UnparkContext, 'ledger' | 'state'>,
  table: string,
  from: number,
): Promise<DecidedFile[]> {
  const files: DecidedFile[] = [];
  for (const n of context.state.pending.filter((pending) => pending > from)) {
    const entry = await loadEntry(context, context.ledger, n);
    if (!entry) throw refuse(table, entryGone(n));
    const effect = effectOf(entry, table);
    if (effect.leave.length > 0) throw refuse(table, `entry ${n} takes rows out of it; let it be applied to the old table first`);
    // Written under whatever schema the old table had then: rewritten, not trusted.
    for (const file of filesOf(effect)) files.push({ ...file, keep: keptOffsets(file) });
  }
  return files;
}
