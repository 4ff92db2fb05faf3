// Makes a replacement part of its table: one `replace` snapshot by compare-and-swap, recomputed on fresh metadata at every attempt. It is
// refused, and the files stay as they are, where
//   an input is gone, or rows of one were deleted since they were read (rule "compaction sees new deletes"): they would come back
//   the table is parked, is another one, or was rolled back; its schema or partitioning is not what was written under any more
//   the replacement is too old: its new files may be swept (rule "bound above deadline")
// Data sequence numbers are kept (rule "sequence numbers kept"), and the tag moves along (rule "tag moves"): the files of the tagged
// snapshot may be among those that go. Done twice, the second finds the inputs gone and its own files there.
import { LIMITS } from '../../contract/limits.ts';
import { APPLIED_TAG, PROPERTY, SUMMARY } from '../../contract/names.ts';
import { CommitConflictError, CommitRefusedError } from '../../errors.ts';
import { runCommit } from '../../iceberg/commit-loop.ts';
import type { CommitBase, PreparedCommit } from '../../iceberg/commit-metadata.ts';
import { prepareReplace } from '../../iceberg/file-operations.ts';
import { identifierOf, loadTable } from '../../iceberg/load-table.ts';
import { plainPath } from '../../iceberg/plain-path.ts';
import { liveEntries } from '../../iceberg/scan.ts';
import type { Snapshot, TableMetadata } from '../../iceberg/types.ts';
import type { LedgerState } from '../../ledger/state.ts';
import type { Ports } from '../../ports.ts';
import { type Deadline, startDeadline } from '../deadline.ts';
import { loadLedger } from '../load-ledger.ts';
import { pause } from '../pause.ts';
import { whyLeftAlone } from './our-table.ts';
import { filesOf, type Replacement, resultOf } from './replacement.ts';
import type { CompactionResult } from './types.ts';

export interface ApplyReplacementRequest {
  readonly ports: Ports;
  readonly replacement: Replacement;
  readonly deadline: Deadline;
  /** Compare-and-swaps after conflicts. */
  readonly retriesMax: number;
  /** The ledger as the caller knows it; left out, it is read at every attempt. */
  readonly state?: LedgerState;
}

export const COMPACT_JOB = 'compact';

/**
 * The result; undefined where others won every attempt. Throws CommitStateUnknownError where nobody can tell, TransientIoError,
 * DeadlineError. Cost: what a commit costs, and the manifests that hold an input are written again.
 */
export async function applyReplacement(request: ApplyReplacementRequest): Promise<CompactionResult | undefined> {
  const { ports, replacement } = request;
  const { table, tableUuid } = replacement;
  const deadline = withinLife(request);
  let refused: string | undefined;
  try {
    const committed = await runCommit({
      ports,
      identifier: identifierOf(table),
      what: 'compaction',
      tableUuid,
      deadline,
      retriesMax: request.retriesMax,
      pause: (ms) => pause(ports, ms),
      prepare: async (base) => {
        refused = await whyNot(request, base.metadata);
        return refused === undefined ? prepare(replacement, base) : undefined;
      },
    });
    if (refused !== undefined) return resultOf(replacement, { kind: 'replan', reason: refused, conflicts: committed.conflicts });
    return resultOf(replacement, { kind: 'compacted', conflicts: committed.conflicts });
  } catch (error) {
    if (error instanceof CommitConflictError) return undefined;
    if (!(error instanceof CommitRefusedError)) throw error;
    return settleRefusal(request, error);
  }
}

/** Past its life the new files may be swept: whoever slept that long makes no commit of them any more. */
function withinLife({ ports, replacement, deadline }: ApplyReplacementRequest): Pick<Deadline, 'check'> {
  const life = startDeadline(ports.clock, replacement.createdAtMs + LIMITS.replacementLifeMs - ports.clock.nowMs());
  return {
    check: (step) => {
      deadline.check(step);
      life.check(step);
    },
  };
}

/** What forbids the commit on the table as it is now. */
async function whyNot({ ports, replacement, state: known }: ApplyReplacementRequest, metadata: TableMetadata): Promise<string | undefined> {
  const { contract: contractName, table } = replacement;
  if (ports.clock.nowMs() - replacement.createdAtMs > LIMITS.replacementLifeMs) return 'the replacement is too old';
  if (metadata['current-schema-id'] !== replacement.schemaId || metadata['default-spec-id'] !== replacement.specId) {
    return 'the schema or partitioning of the table has changed';
  }
  if (!metadata.refs?.[APPLIED_TAG]) return `the table has no tag ${APPLIED_TAG}`;
  const state = known ?? (await loadLedger({ ports, contractName })).state;
  if (Number(metadata.properties[PROPERTY.applied]) > state.n) throw overtaken(table);
  return whyLeftAlone({ ports, contractName, table }, { state, metadata });
}

/** Another committer has advanced ledger and table since the ledger was read: no fault of the table's. */
function overtaken(table: string): CommitConflictError {
  return new CommitConflictError(`compaction of ${table}: the ledger moved on while it was at work; it is tried again`, {
    code: 'ledger-conflict',
    details: { table },
  });
}

function prepare(replacement: Replacement, base: CommitBase): Promise<PreparedCommit> {
  const { metadata } = base;
  const tagged = metadata.snapshots.find((one) => one['snapshot-id'] === metadata.refs?.[APPLIED_TAG]?.['snapshot-id']);
  return prepareReplace({
    ...base,
    add: filesOf(metadata, replacement.add),
    remove: filesOf(metadata, replacement.remove),
    since: BigInt(replacement.baseSnapshot),
    ...(replacement.keepsSequence ? { dataSequenceNumber: replacement.baseSequence } : {}),
    tag: { name: APPLIED_TAG },
    summary: summaryOf(replacement, metadata, tagged),
  });
}

/** The number applied and how far event time has come stay what they were: a compaction brings no row. */
function summaryOf(replacement: Replacement, metadata: TableMetadata, tagged: Snapshot | undefined): Record<string, string> {
  const watermark = tagged?.summary[SUMMARY.watermarkMs];
  const version = tagged?.summary[SUMMARY.contractVersion];
  return {
    [SUMMARY.job]: COMPACT_JOB,
    [SUMMARY.entries]: metadata.properties[PROPERTY.applied]!,
    [SUMMARY.plan]: replacement.plan,
    [SUMMARY.group]: String(replacement.group),
    ...(watermark === undefined ? {} : { [SUMMARY.watermarkMs]: watermark }),
    ...(version === undefined ? {} : { [SUMMARY.contractVersion]: version }),
  };
}

/** Refused for good: inputs that are gone may be gone because an earlier attempt of this replacement was applied. */
async function settleRefusal({ ports, replacement }: ApplyReplacementRequest, error: CommitRefusedError): Promise<CompactionResult> {
  if (error.code !== 'missing-files') return resultOf(replacement, { kind: 'replan', reason: error.code, conflicts: 0 });
  const loaded = await loadTable(ports, identifierOf(replacement.table));
  if (!loaded || loaded.metadata['table-uuid'] !== replacement.tableUuid) {
    return resultOf(replacement, { kind: 'replan', reason: 'table-uuid', conflicts: 0 });
  }
  const { metadata } = loaded;
  const isOwn = ({ summary }: Snapshot) =>
    summary[SUMMARY.plan] === replacement.plan && summary[SUMMARY.group] === String(replacement.group);
  if (metadata.snapshots.some(isOwn)) return resultOf(replacement, { kind: 'compacted', conflicts: 0 });
  const live = new Set((await liveEntries({ metadata, files: ports.files })).data.map(({ file }) => plainPath(file.filePath)));
  const isLive = ({ path }: { readonly path: string }) => live.has(plainPath(path));
  if (replacement.add.some(isLive)) return resultOf(replacement, { kind: 'compacted', conflicts: 0 });
  if (replacement.remove.some(isLive)) return resultOf(replacement, { kind: 'replan', reason: 'inputs-changed', conflicts: 0 });
  return resultOf(replacement, { kind: 'nothing', reason: 'its files are gone', conflicts: 0 });
}
