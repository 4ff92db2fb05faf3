// One SQLite file, opened for each step and closed again: no handle outlives a removed or replaced file, and no lock is held
// between steps. Rollback journal (the default) rather than WAL, because the catalog must be one file that any other program
// may copy or open without shared memory; synchronous=EXTRA also syncs the directory after the journal is gone, without which a
// commit can be undone by a power cut (SQLite, "PRAGMA synchronous"). Waiting for a lock is bounded and leaves the event loop free.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '../contract/limits.ts';

/** How a write ended. `busy` and `failed` are known not applied; `unclear` may be applied. */
export type WriteOutcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'busy'; readonly cause: unknown }
  | { readonly kind: 'failed'; readonly cause: unknown }
  | { readonly kind: 'unclear'; readonly cause: unknown };

/** Runs one read; throws what SQLite throws, except that a lock is waited for. */
export async function readSqlite<T>(file: string, work: (database: DatabaseSync) => T): Promise<T> {
  const giveUpAt = performance.now() + LIMITS.catalogBusyMs;
  for (;;) {
    try {
      return withDatabase(file, work);
    } catch (error) {
      if (!isBusy(error) || performance.now() > giveUpAt) throw error;
      await pause();
    }
  }
}

/** Runs one transaction and says how it ended; never throws for a failure of SQLite. */
export async function writeSqlite<T>(file: string, work: (database: DatabaseSync) => T): Promise<WriteOutcome<T>> {
  const giveUpAt = performance.now() + LIMITS.catalogBusyMs;
  for (;;) {
    const outcome = writeOnce(file, work);
    if (outcome.kind !== 'busy' || performance.now() > giveUpAt) return outcome;
    await pause();
  }
}

/** The primary result code (SQLite, "Result and Error Codes"), 0 for any other error. */
export function sqliteCode(error: unknown): number {
  const code = (error as { errcode?: unknown } | undefined)?.errcode;
  return typeof code === 'number' ? code & 0xff : 0;
}

export const SQLITE = {
  error: 1,
  perm: 3,
  busy: 5,
  locked: 6,
  readonly: 8,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  constraint: 19,
  notADb: 26,
};

function writeOnce<T>(file: string, work: (database: DatabaseSync) => T): WriteOutcome<T> {
  let isCommitting = false;
  try {
    mkdirSync(dirname(file), { recursive: true });
    return withDatabase(file, (database) => {
      // Closing without COMMIT rolls back, so whatever fails before it is known not applied.
      database.exec('BEGIN IMMEDIATE');
      const value = work(database);
      isCommitting = true;
      database.exec('COMMIT');
      isCommitting = false;
      return { kind: 'done', value };
    });
  } catch (cause) {
    // A COMMIT that found readers in the way changed nothing; the connection is closed, which rolls it back.
    if (isBusy(cause)) return { kind: 'busy', cause };
    return { kind: isCommitting ? 'unclear' : 'failed', cause };
  }
}

function withDatabase<T>(file: string, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file, { timeout: LIMITS.catalogLockWaitMs });
  try {
    database.exec('PRAGMA synchronous = EXTRA');
    return work(database);
  } finally {
    database.close();
  }
}

function isBusy(error: unknown): boolean {
  return sqliteCode(error) === SQLITE.busy || sqliteCode(error) === SQLITE.locked;
}

/** Between attempts, jittered so that two waiting processes do not keep step. */
function pause(): Promise<void> {
  return sleep(5 + Math.random() * 20);
}
