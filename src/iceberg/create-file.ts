// Creates one metadata object under a name nobody used before. An outcome nobody knows is settled by reading back; if that shows
// nothing, the bytes go under another fresh name, so a late first write is an orphan and never a table's file with other bytes.
import { LIMITS } from '../contract/limits.ts';
import { TransientIoError } from '../errors.ts';
import type { FileStore, Uri } from '../ports.ts';

export interface CreatedFile {
  readonly uri: Uri;
  /** Every name tried: what this attempt may have left behind. */
  readonly tried: readonly Uri[];
}

/** Cost: one create; two requests more per unclear outcome, at most LIMITS.ioAttemptsMax names. */
export async function createFile(files: FileStore, nameOf: () => Uri, bytes: Uint8Array): Promise<CreatedFile> {
  const tried: Uri[] = [];
  for (let attempt = 0; attempt < LIMITS.ioAttemptsMax; attempt += 1) {
    const uri = nameOf();
    tried.push(uri);
    if ((await files.create(uri, bytes)) === 'created') return { uri, tried };
    // `exists` too: the store may have retried its own successful request.
    const found = await files.read(uri);
    if (found !== undefined && Buffer.compare(found, bytes) === 0) return { uri, tried };
  }
  throw new TransientIoError(`metadata object could not be created under ${tried.length} fresh names; the next ring tries again`, {
    code: 'create-unclear',
    details: { attempts: tried.length, ...(tried[0] === undefined ? {} : { uri: tried[0] }) },
  });
}

/** Reads an object (or a range of it) that a table refers to; a missing one means that the table moved on, or is damaged. */
export async function readReferenced(
  files: Pick<FileStore, 'read'>,
  uri: Uri,
  range?: { readonly start: number; readonly end: number },
): Promise<Buffer> {
  const bytes = await (range ? files.read(uri, range) : files.read(uri));
  if (bytes) return bytes;
  throw new TransientIoError(
    'a file of the table is missing: expected it to exist; load the table again, and if it stays missing restore it from a copy',
    {
      code: 'file-missing',
      details: { uri },
    },
  );
}
