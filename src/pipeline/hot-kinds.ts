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
  const checks = separateChecks(cell);
  if (checks.length > 0) return checks.length === 1 && isChoice(cell) ? L.KIND_CHOICE : L.KIND_SCALAR;
  return cell.op === L.OP_STRING ? textKindOf(cell) : cell.clean.steps.length > 0 ? L.KIND_SCALAR : valueKindOf(cell);
}

/** Who reads the value of a key: the plan, unless it is a scalar of one cell that nobody else wants, or no more than a place. */
export function keyKindOf(node: ReadNode): number {
  if (node.captures) return capturedKindOf(node);
  const kind = scalarKindOf(node);
  return kind === L.KIND_UNKNOWN ? L.KIND_NODE : kind;
}

/** KIND_CAPTURED where all there is to know of the value is its position, for one cell. */
function capturedKindOf({ cell, captures, keys, element, value }: ReadNode): number {
  const isPlace = cell === undefined && keys === undefined && element === undefined && value === undefined;
  return isPlace && captures?.length === 1 && captures[0]?.kind === 'deferred' ? L.KIND_CAPTURED : L.KIND_NODE;
}

export function flagsOf({ isRead, tracksUnread, captures }: ReadNode, conditionCount: number): number {
  const settles = captures?.length === conditionCount && captures.every(({ kind }) => kind === 'condition');
  return (isRead ? L.NODE_IS_READ : 0) | (tracksUnread ? L.NODE_TRACKS_UNREAD : 0) | (settles ? L.NODE_SETTLES : 0);
}

/** Is the text, stored as it is read, one of a set? */
function isChoice(cell: Cell): boolean {
  return cell.op === L.OP_STRING && textKindOf(cell) === L.KIND_TEXT && separateChecks(cell)[0]?.constraint.kind === 'validValues';
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
