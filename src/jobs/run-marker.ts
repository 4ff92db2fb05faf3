// One run of a kind for a contract at a time. A run leaves a marker, then looks: if another's is there, it takes its own away and says
// so. Two that begin in the same moment may both step back, and never both go on, because each lists after it has created (a store
// lists what was created before). A run that ended without clearing its marker keeps others away until the marker is older than any
// run may be. Two runs at once would do each other no harm; they would do the same work twice.
import { LIMITS } from '../contract/limits.ts';
import { contractPaths } from '../contract/names.ts';
import { TransientIoError } from '../errors.ts';
import type { Ports, Uri } from '../ports.ts';
import type { Deadline } from './deadline.ts';

export interface RunRequest {
  readonly ports: Ports;
  readonly contractName: string;
  /** `maintain`, `recover`. */
  readonly kind: string;
  /** Unique name of the run: the same at every try of it. */
  readonly execution: string;
}

/** True: the run may go on. May be called again by the same run. Clears markers too old to mean anything. */
export async function beginRun(request: RunRequest & { readonly deadline: Deadline }): Promise<boolean> {
  const { ports, contractName, deadline } = request;
  const own = markerOf(request);
  deadline.check('creation of the marker of a run');
  if ((await ports.files.create(own, Buffer.from('{}'))) === 'unknown') {
    throw new TransientIoError(`nobody can tell whether the marker of a run of ${contractName} was created; try again`, {
      code: 'marker-not-written',
      details: { contract: contractName, uri: own },
    });
  }
  let isAlone = true;
  for await (const { uri, lastModifiedMs } of ports.files.list(contractPaths(ports.root, contractName).runs(request.kind))) {
    if (uri === own) continue;
    if (ports.clock.nowMs() - lastModifiedMs > LIMITS.runMarkerLifeMs) await ports.files.delete(uri);
    else isAlone = false;
  }
  if (!isAlone) await ports.files.delete(own);
  return isAlone;
}

/** Lets the next run begin. May be called twice, and for a run that never began. */
export async function endRun(request: RunRequest): Promise<void> {
  await request.ports.files.delete(markerOf(request));
}

function markerOf({ ports, contractName, kind, execution }: RunRequest): Uri {
  return contractPaths(ports.root, contractName).run(kind, execution);
}
