// Which table a record goes to (`firn.route`): the conditions of the tables in order, over `raw` and `kafka.*`; the first that is true
// wins, a table without one takes all. A message that is no JSON has no `raw`: it goes to the first table, whose own checks say what
// is wrong with it. A condition that cannot be evaluated (a field is missing, another type) does not hold.
import { isUtf8 } from 'node:buffer';
import type { CompiledTable } from '../contract/compiled.ts';
import { LIMITS } from '../contract/limits.ts';
import { type KafkaRecords, NULL_POSITION } from '../decode/records.ts';
import { makeSetBuilder } from './builders.ts';
import { type CelProgram, compileCel } from './cel/compile.ts';
import { makeRowView, type RowView, readRaw } from './cel/row-view.ts';

export const UNROUTED = -1;

/** By record: the index of its table, or UNROUTED. */
export type Router = (records: KafkaRecords) => Int16Array;

/** Undefined when every record goes to the one table there is. */
export function createRouter(tables: readonly CompiledTable[]): Router | undefined {
  if (tables.every(({ route }) => route === undefined) && tables.length === 1) return undefined;
  const view = makeRowView(makeSetBuilder({ type: 'struct', fields: [] }), () => Buffer.alloc(0));
  const routes = tables.map(({ route }) => route && compileCel(route.expr, view));
  return (records) => {
    const chosen = new Int16Array(records.count);
    view.records = records;
    for (let record = 0; record < records.count; record++) {
      view.record = record;
      view.raw = undefined;
      chosen[record] = isReadable(view, records, record) ? firstOf(routes) : 0;
    }
    return chosen;
  };
}

function firstOf(routes: readonly (CelProgram | undefined)[]): number {
  for (const [table, route] of routes.entries()) if (route === undefined || route() === true) return table;
  return UNROUTED;
}

/** Can `raw` be read at all? A value too large or too deep is refused by the table's own checks, not here. */
function isReadable(view: RowView, records: KafkaRecords, record: number): boolean {
  const start = records.valueStart[record]!;
  if (start === NULL_POSITION || records.valueEnd[record]! - start > LIMITS.recordValueBytesMax) return false;
  if (!isUtf8(records.bytes.subarray(start, records.valueEnd[record]!))) return false;
  try {
    return readRaw(view) instanceof Map;
  } catch {
    // JSON.parse throws for text that is no JSON, or nested beyond the stack; both are the table's to name.
    return false;
  }
}
