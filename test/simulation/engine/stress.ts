// What a schedule stresses, in numbers: who starts how often, who sleeps where and for how long, what fails, how time passes. Every
// focus reaches situations that plain chance reaches once in thousands of schedules; no focus leaves out what the others have.
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Fault, PortCall } from '../../support/memory/faults.ts';
import { TICK_MS } from './scaled-limits.ts';
import type { SimWorld } from './world.ts';

/** Processes and events with their weights. */
export function weightsOf({ focus, isWild, hasTopicIds, isBrief }: SimWorld): (readonly [number, string])[] {
  const others = isWild ? 3 : 0;
  const isTopic = focus === 'topic';
  const rare = isBrief ? 3 : 1;
  const isOthers = ['rollback', 'orphans', 'schema', 'recreate', 'plans', 'faults', 'expiry', 'compaction'].includes(focus);
  return [
    [focus === 'history' ? 5 : 8, 'land'],
    [COMMITS[focus] ?? 7, 'commit'],
    [focus === 'sleepers' ? 5 : 2, 'sweep'],
    [2, 'keep'],
    [isTopic ? 8 : 1, 'resolve'],
    [2, 'operate'],
    [focus === 'redrive' ? 10 : 0.6 * rare, 'redrive'],
    [focus === 'compaction' ? 6 : 0.6, 'compact'],
    [focus === 'compaction' || focus === 'expiry' ? 3 : 0.3 * rare, 'expire'],
    [4, 'produce'],
    [focus === 'filtered' ? 0 : focus === 'plans' || focus === 'redrive' ? 5 : isBrief ? 4 : 2, 'version'],
    [isOthers ? others * 3 : others, 'other'],
    [isTopic ? 3 : isWild ? 0.4 * rare : 0, 'recreate'],
    // Only its identity tells a mirror from the topic it took over from: the same records, at offsets nobody has seen yet.
    [isTopic && hasTopicIds ? 1 : 0, 'mirror'],
    [0.3, 'declare'],
    [0.5, 'reset'],
    [isWild ? 0.5 : 0, 'compact-topic'],
  ];
}

/** What waits long to be committed grows old; what sleeps needs others not to be faster. */
const COMMITS: Readonly<Record<string, number>> = { orphans: 2, sleepers: 3, history: 12 };

/** While a committer sleeps others clean up: what it has written and not committed is swept unless it keeps its deadline. */
export function startInstead({ focus }: SimWorld, kind: string, isCommitterAsleep: boolean): string {
  return focus === 'sleepers' && kind === 'commit' && isCommitterAsleep ? 'sweep' : kind;
}

/** Time between two steps: mostly none, sometimes long. */
export function passTime({ random, memory, focus }: SimWorld): void {
  const isLong = focus === 'history' || focus === 'orphans';
  if (random.next() < 0.25) memory.advance(TICK_MS);
  if (random.next() < (isLong ? 0.03 : 0.02)) memory.advance((3 + random.below(isLong ? 120 : 67)) * TICK_MS);
}

/** How long a process sleeps before it has its answer; 0: it goes on. */
export function sleepTicks({ random, focus }: SimWorld, at: { readonly kind: string; readonly call: PortCall }): number {
  const chance = random.next();
  const { op, target } = at.call;
  const isStaging = op === 'create' && !PROTOCOL.test(target);
  switch (focus) {
    case 'sleepers':
      // Some come back before their deadline, after what a sweep could have done meanwhile; some long after it.
      if (isStaging && chance < 0.12) return random.next() < 0.5 ? 12 + random.below(14) : 61 + random.below(80);
      break;
    case 'redrive':
      if (isStaging && at.kind === 'redrive' && chance < 0.4) return 1 + random.below(15);
      break;
    case 'compaction':
      if (isStaging && at.kind === 'compact' && chance < 0.3) return 1 + random.below(20);
      break;
    case 'history':
      // Between a look at the checkpoints and a look at the entries.
      if (op === 'list' && target.endsWith('/checkpoint/') && chance < 0.4) return 1 + random.below(25);
      break;
    case 'recreate':
      if (isStaging && at.kind === 'commit' && chance < 0.1) return 3 + random.below(24);
      break;
    case 'topic':
      // What was read of a topic arrives after it was made again and its gaps were asked about.
      if (isStaging && at.kind === 'land' && chance < 0.3) return 3 + random.below(24);
      break;
  }
  return chance < 0.02 ? 5 + random.below(135) : 0;
}

const PROTOCOL = /\/_firn\//;

/** The files of a commit are written and its swap comes next. */
export function isBeforeSwap({ op, target }: PortCall): boolean {
  return op === 'create' && /\/metadata\/[^/]+$/.test(target);
}

/** Does somebody else act on a table between a process's look at it and its swap? What a swap must notice happens there. */
export function isRivalDue({ random, isWild }: SimWorld): boolean {
  return isWild && random.next() < 0.25;
}

/** What becomes of a call. Reads, lists and deletes are retried by the ports themselves and fail rarely; what creates or swaps may not be. */
export function chooseFault({ random, focus, faultRate }: SimWorld, { op, target }: PortCall): Fault | undefined {
  // Without a checkpoint for a while, entries grow old before one covers them.
  if (focus === 'history' && op === 'create' && target.includes('/checkpoint/') && random.next() < 0.6) return { kind: 'lost' };
  const rarer = op === 'create' || op === 'commit' ? 1 : 8;
  const chance = (random.next() * rarer) / faultRate;
  if (chance < 0.02) return { kind: 'fail-before' };
  if (chance < 0.05) return { kind: 'apply-then-fail' };
  if (chance < 0.07) return { kind: 'apply-late', afterMs: random.below(LIMITS.requestLifeMs) };
  if (chance < 0.075) return { kind: 'lost' };
  if (chance < 0.08) return { kind: random.next() < 0.5 ? 'crash-before' : 'crash-after' };
  return undefined;
}
