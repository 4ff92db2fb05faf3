// Finds the records that harm whoever reads them: judged and their rows encoded one by one in a process with a bounded heap and a budget of time for each. One
// that stands still or dies was at the record it had noted; the next one goes on behind it. So a batch of any poison is
// worked off: what is left when the time for it is over counts as harmful too, and a redrive can look at it again.
import type { CompiledContract } from '../contract/compiled.ts';
import { LIMITS } from '../contract/limits.ts';
import type { KafkaRecords } from '../decode/records.ts';
import { TransientIoError } from '../errors.ts';
import type { Reason } from '../pipeline/types.ts';
import type { Deadline } from './deadline.ts';
import type { RowTarget } from './write-rows.ts';

export interface ProbeTask {
  readonly contract: CompiledContract;
  readonly records: KafkaRecords;
  /** Records to judge, from this place on. */
  readonly members: Uint32Array;
  readonly from: number;
  /** Module with another `createJudge` or `encodeRows`; the product's own for what it lacks. */
  readonly judgeModule: string | undefined;
  /** How accepted rows of each table are written: they are encoded, too. Left out: they are only judged. */
  readonly targets?: readonly RowTarget[];
}

/** A process at a task: it writes the place of each record before it judges it, one a line, and PROBE_DONE after the last. */
export interface ProbeProcess {
  onText(take: (text: string) => void): void;
  /** Once, when it ended or could not be started, after all its text. */
  onEnd(ended: () => void): void;
  /** Ends it whatever it is at. */
  kill(): void;
}

/** The way to a process whose loops and memory harm nobody (src/isolation). */
export type StartProbe = (task: ProbeTask) => ProbeProcess;

export const PROBE_DONE = 'done';

export interface ProbeRequest {
  readonly startProbe: StartProbe;
  readonly contract: CompiledContract;
  readonly records: KafkaRecords;
  /** Records to look at, ascending. */
  readonly members: Uint32Array;
  readonly deadline: Deadline;
  readonly judgeModule?: string | undefined;
  readonly targets?: readonly RowTarget[];
}

/** Harmful record → why. Throws TransientIoError when no process can be started. */
export async function probeRecords(request: ProbeRequest): Promise<Map<number, Reason>> {
  const { members, deadline } = request;
  const harmful = new Map<number, Reason>();
  const endsAtMs = deadline.remainingMs() / 2;
  for (let from = 0; from < members.length; ) {
    if (harmful.size >= LIMITS.probeRestartsMax || deadline.remainingMs() < endsAtMs) {
      for (const record of members.subarray(from)) harmful.set(record, reason('not looked at: too many records of its batch did harm'));
      break;
    }
    const outcome = await probeFrom(request, from);
    if (outcome.kind === 'done') break;
    harmful.set(members[outcome.place]!, reason(outcome.kind === 'stalled' ? 'it took too long' : 'it ended the process'));
    from = outcome.place + 1;
  }
  return harmful;
}

function reason(how: string): Reason {
  return { rule: 'internal-error', field: '', message: `the record could not be processed: ${how}; it is kept as it came` };
}

type Outcome = { readonly kind: 'done' } | { readonly kind: 'stalled' | 'died'; readonly place: number };

const NOT_STARTED = -1;

async function probeFrom(
  { startProbe, contract, records, members, judgeModule, targets = [] }: ProbeRequest,
  from: number,
): Promise<Outcome> {
  const child = startProbe({ contract, records, members, from, judgeModule, targets });
  const outcome = await watch(child);
  child.kill();
  if (outcome.kind === 'done' || outcome.place !== NOT_STARTED) return outcome;
  throw new TransientIoError(
    'records that ended a process before could not be looked at: no process could be started; the batch comes again',
    {
      code: 'probe-not-started',
    },
  );
}

/** Ends when the process says it is done, ends itself, or stays at one record beyond its budget. */
function watch(child: ProbeProcess): Promise<Outcome> {
  return new Promise((resolve) => {
    let place = NOT_STARTED;
    let isDone = false;
    let stalledMs = 0;
    let rest = '';
    const timer = setInterval(() => {
      stalledMs += LIMITS.probePollMs;
      if (stalledMs >= (place === NOT_STARTED ? LIMITS.probeStartMs : LIMITS.probeRecordMs)) end({ kind: 'stalled', place });
    }, LIMITS.probePollMs);
    const end = (outcome: Outcome): void => {
      clearInterval(timer);
      resolve(outcome);
    };
    child.onText((text) => {
      stalledMs = 0;
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === PROBE_DONE) isDone = true;
        else place = Number(line);
      }
    });
    child.onEnd(() => end(isDone ? { kind: 'done' } : { kind: 'died', place }));
  });
}
