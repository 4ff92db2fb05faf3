// Which of the kernels' readers (hot/assembly/quick.ts) takes the values of a scalar cell. Each reads one shape of text and hands every
// other to the general reader, so a kind is chosen by what the column holds and how it is cleaned and checked, not by what is sent.
import * as L from '../hot/layout.ts';
import type { Cell } from './cells.ts';
import { separateChecks } from './hot-checks.ts';
import type { ReadNode } from './read-plan.ts';

/** KIND_UNKNOWN where the value is no scalar, or others read parts of it. */
export function scalarKindOf(node: ReadNode): number {
  const { cell } = node;
  // An object that the cell refuses may have members that others read.
  const hasInner = node.keys !== undefined || node.element !== undefined || node.value !== undefined;
  if (cell === undefined || hasInner || cell.op >= L.OP_STRUCT || cell.op === L.OP_JSON_TEXT) return L.KIND_UNKNOWN;
  if (separateChecks(cell).length > 0) return L.KIND_SCALAR;
  return cell.op === L.OP_STRING ? textKindOf(cell) : cell.clean.steps.length > 0 ? L.KIND_SCALAR : valueKindOf(cell);
}

/** Text that is only made null when it is empty is stored as it is read where it has to have a character (`pointsOf`). */
function textKindOf({ clean }: Cell): number {
  return clean.steps.every((step) => step === 'empty-to-null') ? L.KIND_TEXT : L.KIND_TIDY;
}

function valueKindOf({ op, type, timeFormats }: Cell): number {
  switch (op) {
    case L.OP_UUID:
      return L.KIND_UUID;
    case L.OP_LONG:
    case L.OP_INT:
      return L.KIND_EXACT;
    case L.OP_DOUBLE:
      return L.KIND_FRACTION;
    case L.OP_TIME:
      if (type !== 'timestamptz') return L.KIND_SCALAR;
      return timeFormats[0]?.kind === 'iso' ? L.KIND_INSTANT : timeFormats[0]?.kind === 'epoch' ? L.KIND_EPOCH : L.KIND_SCALAR;
    default:
      return L.KIND_SCALAR;
  }
}

/** What a text must not have to be clean as it is. */
export function tidyOf({ clean }: Cell): number {
  const { steps } = clean;
  return (
    (steps.includes('trim') ? L.TIDY_SPACE_AROUND : 0) |
    (steps.includes('lower') ? L.TIDY_UPPER : 0) |
    (steps.includes('upper') ? L.TIDY_LOWER : 0)
  );
}

/** Microseconds in a unit of the first format of a time; 0 where that is no epoch. */
export function epochMicrosOf({ timeFormats }: Cell): number {
  const [first] = timeFormats;
  return first?.kind === 'epoch' ? 1_000_000 / first.unitsPerSecond : 0;
}
