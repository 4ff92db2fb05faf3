// Deletes objects that are proven to be needed no more, several at a time, so that a backlog of them does not hold up a commit.
import { LIMITS } from '../contract/limits.ts';
import type { Ports, Uri } from '../ports.ts';

/** Cost: one request per object. */
export async function deleteObjects({ files }: Ports, uris: readonly Uri[]): Promise<void> {
  for (let at = 0; at < uris.length; at += LIMITS.deletesParallel) {
    await Promise.all(uris.slice(at, at + LIMITS.deletesParallel).map((uri) => files.delete(uri)));
  }
}
