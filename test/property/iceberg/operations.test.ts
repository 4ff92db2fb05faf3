// Random sequences of every operation on branches of a table, against a model that knows only which rows are live where: what a
// reader finds in each snapshot is what the model says, and every claim of the metadata holds.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findUnreachable } from '../../../src/iceberg/unreachable-files.ts';
import { faultsOf } from '../../support/iceberg/check-table.ts';
import { liveRows } from '../../support/iceberg/live-rows.ts';
import { KINDS, perform, type Step, type Subject } from '../../support/iceberg/operations.ts';
import { createTable } from '../../support/iceberg/tables.ts';

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(...KINDS),
    branch: fc.constantFrom('main' as const, 'main' as const, 'dev' as const),
    pick: fc.nat(20),
    more: fc.nat(40),
  }),
  { minLength: 5, maxLength: 22 },
);

for (const formatVersion of [2, 3] as const) {
  test(`any sequence of operations leaves a sound version ${formatVersion} table with exactly the rows it must have, in every snapshot`, async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom('file', 'partition'), async (sequence, granularity) => {
        const properties = { 'commit.manifest.min-count-to-merge': '3', 'write.delete.granularity': granularity };
        const subject: Subject = { table: await createTable({ formatVersion, properties }), rows: new Map(), staged: [] };
        const { table } = subject;
        for (const step of sequence) {
          const before = table.metadata;
          await perform(subject, step);
          await checkUnreachable(subject, before);
        }
        expect(faultsOf(table.metadata, table.files.objects)).toEqual([]);
        for (const { 'snapshot-id': id } of table.metadata.snapshots) {
          const live = await liveRows(table.files, table.metadata, id);
          const sorted = (rows: Iterable<readonly [string, Iterable<number>]>) =>
            [...rows]
              .map(([path, positions]) => [path, [...positions].sort((a, b) => a - b)] as const)
              .sort(([a], [b]) => (a < b ? -1 : 1));
          expect(sorted(live)).toEqual(sorted(subject.rows.get(id)!));
        }
      }),
      { numRuns: 60 },
    );
  });
}

/** What an expiry names as unreachable is deleted at once: everything that stays must still be readable. */
async function checkUnreachable({ table }: Subject, before: Subject['table']['metadata']): Promise<void> {
  if (table.metadata.snapshots.length >= before.snapshots.length) return;
  const gone = await findUnreachable(table.files, { before, after: table.metadata });
  for (const uri of [...gone.dataFiles, ...gone.deleteFiles, ...gone.manifests, ...gone.manifestLists]) table.files.objects.delete(uri);
}
