// What a process has read of objects that never change, by name, size and time as a listing said them a moment ago: an object that somebody
// restored or made anew under its name is read again. Only contents are remembered, never that something exists or does not (promise 3).
// Bounded by LIMITS.rememberedBytesMax for each store; the oldest go first.
import { LIMITS } from '../contract/limits.ts';
import type { FileStat, FileStore, Uri } from '../ports.ts';

export interface RememberedContents {
  /** The object as it was listed; undefined when it is not there any more. Cost: nothing for one that was read before. */
  read(stat: FileStat): Promise<Buffer | undefined>;
}

/** Of one store: whoever asks through the same ports shares it. */
export function rememberedContents(files: FileStore): RememberedContents {
  const known = stores.get(files) ?? { bytes: 0, contents: new Map() };
  stores.set(files, known);
  return { read: (stat) => readOnce(files, known, stat) };
}

/** Says whether two listings speak of the same content. */
export function contentKey({ uri, sizeBytes, lastModifiedMs }: FileStat): string {
  return `${uri} ${sizeBytes} ${lastModifiedMs}`;
}

interface Store {
  bytes: number;
  readonly contents: Map<Uri, { readonly key: string; readonly bytes: Buffer }>;
}

const stores = new WeakMap<FileStore, Store>();

async function readOnce(files: FileStore, store: Store, stat: FileStat): Promise<Buffer | undefined> {
  const key = contentKey(stat);
  const known = store.contents.get(stat.uri);
  if (known?.key === key) return known.bytes;
  forget(store, stat.uri);
  const bytes = await files.read(stat.uri);
  // What was listed and what is read may be two objects of one name.
  if (bytes && bytes.length === stat.sizeBytes) keep(store, stat.uri, { key, bytes });
  return bytes;
}

function keep(store: Store, uri: Uri, content: { readonly key: string; readonly bytes: Buffer }): void {
  forget(store, uri);
  if (content.bytes.length > LIMITS.rememberedBytesMax) return;
  store.contents.set(uri, content);
  store.bytes += content.bytes.length;
  for (const oldest of store.contents.keys()) {
    if (store.bytes <= LIMITS.rememberedBytesMax) return;
    forget(store, oldest);
  }
}

function forget(store: Store, uri: Uri): void {
  const known = store.contents.get(uri);
  if (!known) return;
  store.contents.delete(uri);
  store.bytes -= known.bytes.length;
}
