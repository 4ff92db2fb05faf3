// `firn.eventTime`: the row's event time in ms, and its bounds against the Kafka timestamp, inclusive, compared in the column's
// own unit so that nothing is rounded at the border.
import type { TableProgram } from '../contract/compiled.ts';
import { InvariantError } from '../errors.ts';
import { loadNumber, type SetBuilder } from './builders.ts';
import { type Check, type Failures, fail, makeCheck } from './checks.ts';

export interface EventTime {
  /** Event time of the row at hand in ms (rounded down), NaN where there is none. */
  readonly readMs: () => number;
  /** Applies the bounds to the row at hand. */
  readonly judge: (failures: Failures, kafkaTimestampMs: number) => void;
}

/** Binds the plan to the builder; without a plan every row is without event time. */
export function bindEventTime(plan: TableProgram['eventTime'], set: SetBuilder): EventTime {
  if (!plan) return { readMs: () => Number.NaN, judge: () => undefined };
  const column = set.columns[plan.slot]!;
  const type = set.layout.slots[plan.slot]!.field.type;
  const unitsPerMs = UNITS_PER_MS.get(String(type));
  if (unitsPerMs === undefined) throw new InvariantError('invariant broken: the event time is a date or timestamp', { code: 'invariant' });
  const [word, bit] = [plan.slot >> 5, 1 << (plan.slot & 31)];
  const isThere = () => (set.present[word]![set.row]! & bit) !== 0;
  const units = type === 'date' ? () => column.i32[set.row]! : () => loadNumber(column, set.row);
  const ahead = makeCheck(plan.ahead, plan.column);
  const behind = makeCheck(plan.behind, plan.column);
  return {
    readMs: () => (isThere() ? Math.floor(units() / unitsPerMs) : Number.NaN),
    judge: (failures, kafkaTimestampMs) => {
      if (!isThere()) return;
      // Days and milliseconds meet in milliseconds, finer columns in their own unit.
      const time = unitsPerMs < 1 ? units() / unitsPerMs : units();
      const scale = Math.max(1, unitsPerMs);
      judgeBound(failures, ahead, plan.maxAheadMs !== null && time > (kafkaTimestampMs + plan.maxAheadMs) * scale);
      judgeBound(failures, behind, plan.maxBehindMs !== null && time < (kafkaTimestampMs - plan.maxBehindMs) * scale);
    },
  };
}

/** Units of a time type in a millisecond. */
export const UNITS_PER_MS: ReadonlyMap<string, number> = new Map([
  ['date', 1 / 86_400_000],
  ['timestamp', 1e3],
  ['timestamptz', 1e3],
  ['timestamp_ns', 1e6],
  ['timestamptz_ns', 1e6],
]);

function judgeBound(failures: Failures, check: Check, isBroken: boolean): void {
  if (!isBroken) return;
  fail(failures, check, 'expected a time within the bounds around the Kafka timestamp');
}
