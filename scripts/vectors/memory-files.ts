// A file store in memory for the vectors that look at a whole written table.
import type { CreateOutcome, FileStat, FileStore, Ids } from '../../src/ports.ts';

export function memoryFiles(): FileStore & { readonly objects: Map<string, Buffer> } {
  const objects = new Map<string, Buffer>();
  const statOf = (uri: string): FileStat => ({ uri, sizeBytes: objects.get(uri)!.length, lastModifiedMs: 0 });
  return {
    objects,
    read: async (uri, range) => objects.get(uri)?.subarray(range?.start ?? 0, range?.end),
    create: async (uri, bytes): Promise<CreateOutcome> => {
      if (objects.has(uri)) return 'exists';
      objects.set(uri, Buffer.from(bytes));
      return 'created';
    },
    stat: async (uri) => (objects.has(uri) ? statOf(uri) : undefined),
    list: async function* (prefix, options) {
      for (const uri of Array.from(objects.keys()).sort())
        if (uri.startsWith(prefix) && uri > (options?.startAfter ?? '')) yield statOf(uri);
    },
    delete: async (uri) => {
      objects.delete(uri);
    },
  };
}

/** Ids that count up. */
export function countingIds(): Ids {
  let next = 0;
  return {
    uuid: () => `00000000-0000-4000-8000-${String(++next).padStart(12, '0')}`,
    snapshotId: () => 6_000_000_000_000_000_000n + BigInt(++next),
  };
}
