// What tests of commit operations ask of a table and of a promise.
import { expect } from 'vitest';
import { CommitRefusedError } from '../../../src/errors.ts';
import type { RefusalCode } from '../../../src/iceberg/refusals.ts';
import type { TestTable } from './tables.ts';

/** The current snapshot's id. */
export const head = (table: TestTable): bigint | null => table.metadata['current-snapshot-id'] ?? null;

/** The promise must end in this refusal. */
export async function refusedWith(code: RefusalCode, promise: Promise<unknown>): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CommitRefusedError);
  expect((error as CommitRefusedError).code).toBe(code);
}
