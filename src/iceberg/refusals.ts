// Why an operation is refused, as one closed list of codes: the change is known not applied, and would be refused again until its
// caller plans anew. Each is a CommitRefusedError.
import { CommitRefusedError, type ErrorDetails } from '../errors.ts';

/** Code → what is true when it is given. */
export const REFUSALS = {
  'missing-files': 'a file to remove is not live in the branch',
  'conflict-added-data': 'data files were added where the change assumes none',
  'conflict-added-deletes': 'delete files were added where the change assumes none',
  'conflict-replaced-deletes': 'rows were deleted from a data file that the change replaces',
  'conflict-removed-data': 'data files were removed where the change assumes none',
  'conflict-missing-data': 'a data file that the change refers to was removed',
  'conflict-vector': 'a data file would have two deletion vectors',
  'filter-partial': 'rows of a data file may match the filter while others do not, so it cannot be removed as a whole',
  'filter-added': 'a file to add may hold rows that the filter does not match',
  'history-unknown': 'the snapshots since the one the change was planned on are not all known',
  'history-long': 'too many snapshots were committed since the change was planned',
  'ref-unknown': 'no reference of that name',
  'ref-exists': 'a reference of that name is there already',
  'ref-kind': 'the reference is a tag where a branch is needed, or a branch where a tag is',
  'ref-main': 'main cannot be removed, renamed or made a tag',
  'ref-moved': 'the reference does not point where the caller says',
  'snapshot-unknown': 'no snapshot of that id',
  'not-descendant': 'the snapshot does not descend from the one it must descend from',
  'snapshot-in-use': 'a reference needs the snapshot',
  'pick-impossible': 'the snapshot is neither a staged append nor the next one of the branch',
  'pick-repeated': 'the staged snapshot is published already',
  'delete-form': 'position deletes have another form in this format version',
  'spec-untyped': 'a manifest has partition values whose type nobody tells any more, so it cannot be written again',
  property: 'a reserved property, or a value that cannot be',
  location: 'the location is not usable, or the table has files that would be left behind',
  statistics: 'statistics of a snapshot that the table does not have',
  'gc-disabled': 'the table says that its files may be of other tables, too',
} as const;

export type RefusalCode = keyof typeof REFUSALS;

/** The error of a refusal; `problem` says which file, snapshot or reference. */
export function refusal(code: RefusalCode, problem: string, details?: ErrorDetails): CommitRefusedError {
  return new CommitRefusedError(`commit refused: ${REFUSALS[code]}: ${problem}; load the table and plan the change anew`, {
    code,
    ...(details ? { details } : {}),
  });
}
