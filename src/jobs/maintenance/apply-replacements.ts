// What the committer does for maintenance, after everything staged is in its tables: it applies pending replacements within a slice of
// time, one compare-and-swap each, and leaves the rest for the next ring. So a compaction does not race with the appends of its own
// contract, and an append waits for at most one slice and one request (promise 7): past the slice no further request is made. Whatever
// goes wrong with a replacement is no failure of the commit: it is told, and the compaction that waits for it goes on by itself.
import { LIMITS } from '../../contract/limits.ts';
import { contractPaths } from '../../contract/names.ts';
import { FirnError } from '../../errors.ts';
import type { LedgerState } from '../../ledger/state.ts';
import type { Ports, Uri } from '../../ports.ts';
import { type Deadline, startDeadline } from '../deadline.ts';
import { applyReplacement } from './apply-replacement.ts';
import { listReplacements, replacementReader, resultReader } from './replacement.ts';
import { readStored, storeOnce } from './store-once.ts';

export interface ApplyReplacementsRequest {
  readonly ports: Ports;
  readonly contractName: string;
  readonly deadline: Deadline;
  /** The ledger as the commit left it. */
  readonly state: LedgerState;
}

/** Replacements that got a result. Cost: one listing; where something is pending, a commit each, within the slice. */
export async function applyReplacements(request: ApplyReplacementsRequest): Promise<number> {
  const { ports } = request;
  const deadline = startDeadline(ports.clock, Math.min(LIMITS.replacementSliceMs, request.deadline.remainingMs()));
  const pending = (await contained(request, () => listReplacements(request))) ?? [];
  let settled = 0;
  for (const uri of pending.slice(0, LIMITS.replacementsPerCommitMax)) {
    if (deadline.remainingMs() <= 0) break;
    if (await contained(request, () => settleOne({ ...request, deadline }, uri))) settled++;
  }
  return settled;
}

/** What an act gives, or nothing where it failed: told here, thrown by the compaction that waits for it (promises 4 and 7). */
async function contained<T>({ ports, contractName }: ApplyReplacementsRequest, act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof FirnError)) throw error;
    ports.telemetry.count('replacement-not-applied', 1, { contract: contractName });
    ports.telemetry.log(
      error.name === 'InvariantError' ? 'error' : 'warn',
      'a replacement was not applied; its compaction goes on by itself',
      {
        contract: contractName,
        error: error.name,
        message: error.message,
      },
    );
    return undefined;
  }
}

/** Applies one and writes its result beside it; false where others won or it is gone. */
async function settleOne({ ports, contractName, deadline, state }: ApplyReplacementsRequest, uri: Uri): Promise<boolean> {
  const replacement = await readStored(ports, { uri, reader: replacementReader });
  if (!replacement) return false;
  const { plan, group } = replacement;
  const place = contractPaths(ports.root, contractName).compaction(plan, group);
  const known = await readStored(ports, { uri: place, reader: resultReader });
  if (!known) {
    const result = await applyReplacement({ ports: within(ports, deadline), replacement, deadline, state, retriesMax: 0 });
    if (!result) return false;
    // The result is a few bytes, and the slice was for the swap: without it a compaction would do its work again.
    const writing = startDeadline(ports.clock, LIMITS.replacementSliceMs);
    await storeOnce({ ports, deadline: writing, what: 'result of a compaction' }, { uri: place, value: result, reader: resultReader });
  }
  await ports.files.delete(uri);
  return true;
}

/** The ports until the deadline: what is begun and not finished by then is left where it is, and no swap is made of it. */
function within(ports: Ports, deadline: Deadline): Ports {
  const { files } = ports;
  const inTime = <T>(act: () => T): T => {
    deadline.check('a replacement in the slice of the committer');
    return act();
  };
  return {
    ...ports,
    files: {
      read: async (uri, range) => inTime(() => (range ? files.read(uri, range) : files.read(uri))),
      create: async (uri, bytes) => inTime(() => files.create(uri, bytes)),
      stat: async (uri) => inTime(() => files.stat(uri)),
      list: (prefix, options) => inTime(() => files.list(prefix, options)),
      // What a lost attempt leaves is taken away even late; it is two or three requests.
      delete: (uri) => files.delete(uri),
    },
  };
}
