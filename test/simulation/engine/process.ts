// A process of a schedule: its ports, and its calls that wait for their answer. The effect of a call takes place when it is made;
// the answer comes when the scheduler says, so time passes and others act between any two steps of a process, but never between a
// check of the deadline and the write after it. What takes effect later than that is a fault (`apply-late`, at most the longest
// life of a request).
import { LIMITS } from '../../../src/contract/limits.ts';
import { type Deadline, startDeadline } from '../../../src/jobs/deadline.ts';
import type { Ports } from '../../../src/ports.ts';
import { CrashError, type Fault, type PortCall } from '../../support/memory/faults.ts';
import { makeProcessPorts } from '../../support/memory/ports.ts';
import { ROOT, type SimWorld } from './world.ts';

export interface Answer {
  readonly process: Process;
  readonly call: PortCall;
  readonly give: () => void;
  readonly crash: () => void;
}

export interface Process {
  readonly name: string;
  readonly kind: string;
  readonly ports: Ports;
  readonly deadline: Deadline;
  asleepUntilMs: number;
}

export interface ProcessOptions {
  readonly name: string;
  readonly kind: string;
  readonly skewMs: number;
  readonly waiting: Answer[];
  chooseFault(call: PortCall): Fault | undefined;
}

export function makeProcess(world: SimWorld, options: ProcessOptions): Process {
  const { name, kind, skewMs, waiting } = options;
  const memory = makeProcessPorts({
    world: world.memory,
    process: name,
    seed: world.seed,
    root: ROOT,
    skewMs,
    fault: (call) => options.chooseFault(call),
    answered: (call) =>
      new Promise<void>((give, fail) => {
        const crash = (): void => {
          memory.crash();
          fail(new CrashError(name));
        };
        waiting.push({ process, call, give, crash });
      }),
  });
  const { ports } = memory;
  const deadline = startDeadline(ports.clock, LIMITS.commitDeadlineMs);
  const process: Process = { name, kind, ports, deadline, asleepUntilMs: 0 };
  return process;
}
