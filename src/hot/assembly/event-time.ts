// `firn.eventTime`: the row's event time in ms and its bounds against the Kafka timestamp, with the double arithmetic of
// pipeline/event-time.ts, operation by operation.
import { COL_VALUES, WORD_ADDRESS } from '../layout.ts';
import {
  H_EVENT_BIT,
  H_EVENT_COLUMN,
  H_EVENT_IS_DATE,
  H_EVENT_TIME_MS,
  H_EVENT_WORD,
  H_MAX_AHEAD_MS,
  H_MAX_BEHIND_MS,
  H_UNITS_PER_MS,
} from '../layout-header.ts';

function isThere(header: usize, row: u32): bool {
  if (load<u32>(header, H_EVENT_COLUMN) === 0) return false;
  const words: usize = load<u32>(load<u32>(header, H_EVENT_WORD), WORD_ADDRESS);
  return (load<u32>(words + ((<usize>row) << 2)) & load<u32>(header, H_EVENT_BIT)) !== 0;
}

function unitsOf(header: usize, row: u32): f64 {
  const values: usize = load<u32>(load<u32>(header, H_EVENT_COLUMN), COL_VALUES);
  if (load<u32>(header, H_EVENT_IS_DATE) !== 0) return <f64>load<i32>(values + ((<usize>row) << 2));
  return <f64>load<i64>(values + ((<usize>row) << 3));
}

/** Bounds are inclusive, and compared in the column's own unit unless that is coarser than a millisecond. */
export function isWithinBounds(header: usize, row: u32, kafkaMs: f64): bool {
  if (!isThere(header, row)) return true;
  const perMs = load<f64>(header, H_UNITS_PER_MS);
  const time = perMs < 1 ? unitsOf(header, row) / perMs : unitsOf(header, row);
  const scale = max<f64>(1, perMs);
  return !(time > (kafkaMs + load<f64>(header, H_MAX_AHEAD_MS)) * scale || time < (kafkaMs - load<f64>(header, H_MAX_BEHIND_MS)) * scale);
}

/** NaN where there is none. */
export function storeEventTime(header: usize, row: u32): void {
  const ms = isThere(header, row) ? floor<f64>(unitsOf(header, row) / load<f64>(header, H_UNITS_PER_MS)) : NaN;
  store<f64>(load<u32>(header, H_EVENT_TIME_MS) + ((<usize>row) << 3), ms);
}
