// A process that commits reads at once what it wrote a moment ago: the head's manifest list, small manifests to merge. Their names carry a fresh
// UUID and are created if absent, so nobody ever writes another content under them: a read of one is answered from memory. Only what this
// process knows that it created is remembered; whether a file exists is always asked. Metadata files are known as what they say
// (src/iceberg/known-metadata.ts), not as bytes.
import { LIMITS } from '../contract/limits.ts';
import type { FileStore, Uri } from '../ports.ts';

/** The store, but that whole reads of recent own manifests and lists below `metadata/` cost nothing. Bounded by LIMITS.rememberedBytesMax, oldest first. */
export function rememberWritten(files: FileStore, bytesMax: number = LIMITS.rememberedBytesMax): FileStore {
  const written = new Map<Uri, Uint8Array>();
  let held = 0;
  const forget = (uri: Uri): void => {
    held -= written.get(uri)?.length ?? 0;
    written.delete(uri);
  };
  const remember = (uri: Uri, bytes: Uint8Array): void => {
    written.set(uri, bytes);
    held += bytes.length;
    for (const oldest of written.keys()) {
      if (held <= bytesMax) return;
      forget(oldest);
    }
  };
  return {
    ...files,
    create: async (uri, bytes) => {
      const outcome = await files.create(uri, bytes);
      if (outcome === 'created' && isManifest(uri) && bytes.length <= bytesMax) remember(uri, Buffer.from(bytes));
      return outcome;
    },
    read: async (uri, range) => {
      const known = range === undefined ? written.get(uri) : undefined;
      return known === undefined ? files.read(uri, range) : Buffer.from(known);
    },
    delete: async (uri) => {
      forget(uri);
      await files.delete(uri);
    },
  };
}

function isManifest(uri: Uri): boolean {
  return uri.includes('/metadata/') && uri.endsWith('.avro');
}
