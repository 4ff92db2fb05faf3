// What the decoding kernels ask while they run (hot/assembly/host.ts): the plain path's own functions on the value at hand, for what
// takes the engine: Unicode's case and normal forms, patterns, long numbers, bounds beyond 64 bits.
import * as H from '../hot/layout-header.ts';
import { type Cell, STATE, type State } from './cells.ts';
import { clearFailures } from './checks.ts';
import { distinctElements } from './distinct.ts';
import type { HotBatch } from './hot-batch.ts';
import { setHeader } from './hot-header.ts';
import type { HotProgram } from './hot-program.ts';
import type { Parts } from './parts.ts';
import { storeText } from './read-scalar.ts';

const NOT_SETTLED = 0;
const PRESENT = 1;
const NULL = 2;

export function hostFunctions(
  { d }: Parts,
  { cells, hosts }: HotProgram,
  hot: HotBatch,
): Readonly<Record<string, (...numbers: number[]) => number>> {
  const { bytes } = hot.arena;
  return {
    double: (start, end) => Number(bytes.toString('latin1', start, end)),
    holds: (constraint, row) => (hosts[constraint!]!.holds(bytes, row!) ? 1 : 0),
    distinct: (cell, row) => (distinctElements(cells[cell!]!.column, bytes, { row: row!, ignoresNulls: true }) ? 1 : 0),
    text: (id, row, start, length, isAscii) => {
      const cell = cells[id!]!;
      cell.set.row = row!;
      cell.state = STATE.missing;
      d.auxTop = hot.words[(hot.header + H.H_AUX_TOP) >> 2]!;
      d.textStart = start!;
      d.textLength = length!;
      d.textIsAscii = isAscii === 1;
      storeText(d, cell, 'string');
      const hasFailed = d.failures.failed.length > 0;
      clearFailures(d.failures);
      if (hasFailed) return NOT_SETTLED;
      setHeader(hot, H.H_AUX_TOP, d.auxTop);
      return stateOf(cell) === STATE.present ? PRESENT : NULL;
    },
  };
}

/** As another function left it. */
function stateOf({ state }: Cell): State {
  return state;
}
