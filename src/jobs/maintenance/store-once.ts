// One small object under a name of its own, created once: what is there already stays and counts. The outcome nobody knows is settled by
// reading. Used for replacements and results of compactions, which several processes may write for one group.
import { LIMITS } from '../../contract/limits.ts';
import { TransientIoError } from '../../errors.ts';
import { parseJson, type Reader } from '../../ledger/json-readers.ts';
import type { Ports, Uri } from '../../ports.ts';
import type { Deadline } from '../deadline.ts';

/** What is under the name afterwards: `value`, or what somebody else put there first. Cost: one create, one read where it exists. */
export async function storeOnce<T>(
  { ports, deadline, what }: { readonly ports: Ports; readonly deadline: Deadline; readonly what: string },
  object: { readonly uri: Uri; readonly value: T; readonly reader: Reader<T> },
): Promise<T> {
  const { uri, value, reader } = object;
  const bytes = Buffer.from(JSON.stringify(value), 'utf8');
  for (let attempt = 1; attempt <= LIMITS.ioAttemptsMax; attempt++) {
    deadline.check(`creation of ${what}`);
    if ((await ports.files.create(uri, bytes)) === 'created') return value;
    const found = await readStored(ports, { uri, reader });
    if (found !== undefined) return found;
  }
  throw new TransientIoError(`${what} could not be stored in ${LIMITS.ioAttemptsMax} attempts; run it again`, {
    code: 'maintenance-not-written',
    details: { uri },
  });
}

/** The object; undefined where there is none. Throws InputRefusedError for one that is malformed. */
export async function readStored<T>(
  ports: Pick<Ports, 'files'>,
  { uri, reader }: { readonly uri: Uri; readonly reader: Reader<T> },
): Promise<T | undefined> {
  const bytes = await ports.files.read(uri);
  return bytes && reader(parseJson(bytes, 'maintenance'), 'maintenance');
}
