// Directories that survive a power cut: a new directory is an entry in its parent, which must be synced like any other. Each
// process does this once per directory, and also for directories it finds made, since their maker may not have synced yet.
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from './io-errors.ts';

export interface DurableDirectories {
  /** Makes the directory and its parents, durably. */
  prepare(directory: string): Promise<void>;
  /** Directories may have been removed: prepare them again. */
  forget(): void;
}

/** One per store. Cost: a few syncs for each directory's first use, nothing later. */
export function makeDurableDirectories(): DurableDirectories {
  const prepared = new Set<string>();
  return {
    async prepare(directory) {
      if (prepared.has(directory)) return;
      await mkdir(directory, { recursive: true });
      for (let child = directory; child !== dirname(child) && !prepared.has(child); child = dirname(child)) {
        if (!(await syncIfAllowed(dirname(child)))) break;
      }
      prepared.add(directory);
    },
    forget: () => prepared.clear(),
  };
}

/** Makes the entries of a directory durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A parent we may not read is not ours: it was there before, and so are those above it. */
async function syncIfAllowed(directory: string): Promise<boolean> {
  try {
    await syncDirectory(directory);
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EINVAL', 'EROFS'].includes(systemCode(error))) return false;
    throw error;
  }
}
