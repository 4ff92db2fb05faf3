// What the scenarios have in common: who comes between, other records at the same offsets, limits in force for a while, and what must
// hold at the end.
import { contractPaths } from '../../../src/contract/names.ts';
import {
  audit,
  type FaultHook,
  GAME_TABLE,
  type GameRecord,
  type Lab,
  type PortCall,
  records,
  rowsOf,
} from '../../support/memory/index.ts';
import { holds } from '../engine/violation.ts';

export type Scenario = () => Promise<void>;

export const NAME = 'game.events';

/** Once, at the first such call. */
export function atFirst(isIt: (call: PortCall) => boolean, act: () => void | Promise<void>): FaultHook {
  let isDone = false;
  return (call) => {
    if (isDone || !isIt(call)) return undefined;
    isDone = true;
    return { kind: 'rival', act };
  };
}

/** Creation of an object whose URI is such. */
export const isCreateOf =
  (uri: RegExp) =>
  ({ op, target }: PortCall): boolean =>
    op === 'create' && uri.test(target);

export const isEntry = isCreateOf(/\/ledger\/\d/);

export const isListOf =
  (folder: string) =>
  (call: PortCall): boolean =>
    call.op === 'list' && call.target.endsWith(`/${folder}/`);

export const staged = (lab: Lab) => lab.world.urisUnder(contractPaths(lab.ports.root, NAME).staged);

/** Other records at the same offsets, as of a topic that was made again. */
export const others = (kinds: string, at = {}): GameRecord[] =>
  records(kinds, at).map((one) => ({ ...one, id: `new-${one.id}`, timestampMs: one.timestampMs + 77_777 }));

/** These offsets are in the table once and no others, and the audit is clean. */
export async function expectRows(lab: Lab, offsets: readonly number[]): Promise<void> {
  const rows = await rowsOf(lab.ports, GAME_TABLE);
  const wanted = offsets.map((offset) => `0:${offset}:p0-${offset}`).sort();
  holds(JSON.stringify(rows) === JSON.stringify(wanted), () => `P1/P2 ${GAME_TABLE}: expected rows ${wanted}, got ${rows}`);
  holds((await audit(lab.ports)).clean, () => 'P1 the audit is not clean');
}

/** The source is parked and the descriptor still there: nothing of it was dropped. */
export async function expectKept(lab: Lab, reason: string): Promise<void> {
  const { parked } = await lab.commit();
  const isKept = parked.length === 1 && parked[0]!.reason === reason && staged(lab).length > 0;
  holds(
    isKept,
    () => `P1 records that nobody has compared were dropped: parked ${parked.map((one) => one.reason)}, ${staged(lab).length} staged`,
  );
}
