// Publishing a staged snapshot (write, audit, publish): the branch moves to it where it is the next one, else the files it added are
// appended again on top of what was committed meanwhile. A snapshot is published once. Source: CherryPickOperation and WapUtil of
// iceberg-java; Iceberg specification, Appendix F (`source-snapshot-id`, `wap.id`, `published-wap-id`).
import { prepareAppend } from './append.ts';
import { loadHistory } from './commit-history.ts';
import { commitTimeMs, type PreparedCommit, stageMetadata, withHead, withTag } from './commit-metadata.ts';
import type { ChangeTarget } from './file-operations.ts';
import { branchHead, findSnapshot } from './find-snapshot.ts';
import { refusal } from './refusals.ts';
import type { Snapshot, TableMetadata } from './types.ts';

export interface CherryPickRequest extends Omit<ChangeTarget, 'isStaged'> {
  /** The staged snapshot. */
  readonly pick: bigint;
}

/** Prepares the publication on `targetRef` (main). Throws CommitRefusedError `pick-impossible`, `pick-repeated` or `snapshot-unknown`. */
export async function prepareCherryPick(request: CherryPickRequest): Promise<PreparedCommit> {
  const { metadata, pick } = request;
  const branch = request.targetRef ?? 'main';
  const staged = findSnapshot(metadata, pick);
  if (!staged) throw refusal('snapshot-unknown', String(pick));
  const head = branchHead(metadata, branch);
  checkUnpublished(metadata, { staged, head });
  if (staged['parent-snapshot-id'] === head?.['snapshot-id']) {
    const moved = withHead(metadata, { branch, snapshotId: pick, nowMs: commitTimeMs(metadata, request.nowMs) });
    const tagged = request.tag ? withTag(moved, { name: request.tag.name, snapshotId: pick }) : moved;
    return stageMetadata(request, { ...tagged, properties: { ...tagged.properties, ...request.setProperties } });
  }
  if (staged.summary['operation'] !== 'append') throw refusal('pick-impossible', `${pick} is of operation ${staged.summary['operation']}`);
  const parentId = staged['parent-snapshot-id'] ?? null;
  const history = await loadHistory({ metadata, files: request.files, since: parentId, head: staged });
  const wapId = staged.summary['wap.id'];
  return prepareAppend({
    ...request,
    add: history.data('added', ['append']),
    summary: {
      ...request.summary,
      'source-snapshot-id': String(pick),
      ...(wapId === undefined ? {} : { 'published-wap-id': wapId }),
    },
  });
}

/** Neither the snapshot itself nor a copy of it, nor another of its audit id, is in the branch. */
function checkUnpublished(metadata: TableMetadata, given: { readonly staged: Snapshot; readonly head: Snapshot | undefined }): void {
  const { staged } = given;
  const id = staged['snapshot-id'];
  const wapId = staged.summary['wap.id'];
  let at = given.head;
  for (let steps = 0; at && steps <= metadata.snapshots.length; steps += 1) {
    const { summary } = at;
    const isSame = at['snapshot-id'] === id || summary['source-snapshot-id'] === String(id);
    const isOfId = wapId !== undefined && (summary['wap.id'] === wapId || summary['published-wap-id'] === wapId);
    if (isSame || isOfId) throw refusal('pick-repeated', `${id} by ${at['snapshot-id']}`);
    at = findSnapshot(metadata, at['parent-snapshot-id']);
  }
}
