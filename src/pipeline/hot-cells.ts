// Cells, sets and columns of a pipeline in the image for the decoding kernels. Where a column's memory is differs by batch: those
// addresses stay 0 here and are filled in when a batch is opened (hot-batch.ts).
import { assertInvariant } from '../errors.ts';
import * as L from '../hot/layout.ts';
import type { ColumnBuilder, SetBuilder } from './builders.ts';
import type { BoundTimeFormat, Cell } from './cells.ts';
import type { BoundConstraint } from './constraints.ts';
import { integersOf, pointsOf, putConstraints, separateChecks } from './hot-checks.ts';
import { type Image, link, put, putBytes, putLong, take } from './hot-image.ts';
import { epochMicrosOf, tidyOf } from './hot-kinds.ts';

/** What was placed where, and what the host is asked about by number. */
export interface PlacedCells {
  readonly image: Image;
  /** The table's own row space. */
  readonly top: SetBuilder;
  readonly sets: Map<SetBuilder, number>;
  readonly columns: Map<ColumnBuilder, number>;
  readonly offsets: Map<Cell, number>;
  readonly cells: Cell[];
  readonly hosts: BoundConstraint[];
}

export function placeCells(image: Image, sets: readonly SetBuilder[]): PlacedCells {
  const placed: PlacedCells = { image, top: sets[0]!, sets: new Map(), columns: new Map(), offsets: new Map(), cells: [], hosts: [] };
  for (const set of sets) {
    const words = wordsOf(set);
    const at = take(image, L.SET_PRESENT + words * L.WORD_BYTES);
    put(image, at + L.SET_WORDS, words);
    placed.sets.set(set, at);
    for (const column of set.columns) placed.columns.set(column, take(image, L.COL_BYTES));
  }
  return placed;
}

/** Presence words of a row. */
export function wordsOf(set: SetBuilder): number {
  return Math.max(1, Math.ceil(set.layout.slots.length / 32));
}

/** Offset of the presence word's entry that the slot's bit is in. */
export function wordEntry({ sets }: PlacedCells, set: SetBuilder, word: number): number {
  return sets.get(set)! + L.SET_PRESENT + word * L.WORD_BYTES;
}

/** A cell and all cells below it; its offset. */
export function putCell(placed: PlacedCells, cell: Cell): number {
  const known = placed.offsets.get(cell);
  if (known !== undefined) return known;
  const { image } = placed;
  const at = take(image, L.CELL_BYTES);
  placed.offsets.set(cell, at);
  put(image, at + L.CELL_ID, placed.cells.length);
  placed.cells.push(cell);
  put(image, at + L.CELL_OP, cell.op);
  link(image, at + L.CELL_SET, placed.sets.get(cell.set)!);
  link(image, at + L.CELL_COLUMN, placed.columns.get(cell.column)!);
  link(image, at + L.CELL_WORD, wordEntry(placed, cell.set, cell.word));
  put(image, at + L.CELL_BIT, cell.bit);
  put(image, at + L.CELL_IS_REQUIRED, cell.required ? 1 : 0);
  put(image, at + L.CELL_STEP_COUNT, cell.clean.steps.length);
  if (cell.clean.steps.length > 0)
    link(
      image,
      at + L.CELL_STEPS,
      putBytes(
        image,
        Uint8Array.from(cell.clean.steps, (step) => STEPS[step]),
      ),
    );
  putFormats(image, at, cell.timeFormats);
  put(image, at + L.CELL_SCALE, cell.scale);
  put(image, at + L.CELL_PRECISION, cell.precision);
  if (cell.precision <= 18) putLong(image, at + L.CELL_LIMIT, 10n ** BigInt(cell.precision));
  put(image, at + L.CELL_BYTE_LENGTH, cell.byteLength);
  put(image, at + L.CELL_TIME, TIMES.get(String(cell.type)) ?? 0);
  put(image, at + L.CELL_CONSTRAINT_COUNT, separateChecks(cell).length);
  link(image, at + L.CELL_CONSTRAINTS, putConstraints(image, cell, placed.hosts));
  const points = pointsOf(cell);
  put(image, at + L.CELL_POINTS_MIN, points.min);
  put(image, at + L.CELL_POINTS_MAX, points.max);
  const integers = integersOf(cell);
  putLong(image, at + L.CELL_INTEGER_MIN, integers.min);
  putLong(image, at + L.CELL_INTEGER_MAX, integers.max);
  put(image, at + L.CELL_COERCES, cell.clean.coerces ? 1 : 0);
  put(image, at + L.CELL_TIDY, tidyOf(cell));
  put(image, at + L.CELL_EPOCH_MICROS, epochMicrosOf(cell));
  put(image, at + L.CELL_TAKES_NOTES, cell.set === placed.top ? 1 : 0);
  putEntries(placed, at, cell);
  return at;
}

const STEPS = {
  trim: L.STEP_TRIM,
  lower: L.STEP_LOWER,
  upper: L.STEP_UPPER,
  'empty-to-null': L.STEP_EMPTY_TO_NULL,
  nfc: L.STEP_NFC,
} as const;

const TIMES: ReadonlyMap<string, number> = new Map([
  ['date', L.TIME_DATE],
  ['time', L.TIME_TIME],
  ['timestamp', L.TIME_TIMESTAMP],
  ['timestamptz', L.TIME_TIMESTAMPTZ],
  ['timestamp_ns', L.TIME_TIMESTAMP_NS],
  ['timestamptz_ns', L.TIME_TIMESTAMPTZ_NS],
]);

const FORMATS = { iso: L.FORMAT_ISO, epoch: L.FORMAT_EPOCH, pattern: L.FORMAT_PATTERN } as const;

function putFormats(image: Image, cell: number, formats: readonly BoundTimeFormat[]): void {
  const at = take(image, formats.length * L.FORMAT_BYTES);
  put(image, cell + L.CELL_FORMAT_COUNT, formats.length);
  link(image, cell + L.CELL_FORMATS, at);
  formats.forEach((format, i) => {
    put(image, at + i * L.FORMAT_BYTES + L.FORMAT_KIND, FORMATS[format.kind]);
    if (format.kind === 'epoch') put(image, at + i * L.FORMAT_BYTES + L.FORMAT_UNITS, format.unitsPerSecond);
  });
}

/** Lists and maps: the child set, its element or its key and value. */
function putEntries(placed: PlacedCells, at: number, cell: Cell): void {
  const { child } = cell.column;
  if (!child) return;
  const { image } = placed;
  const [first, second] = cell.children;
  assertInvariant(first, 'a list has an element and a map a key');
  link(image, at + L.CELL_CHILD_SET, placed.sets.get(child)!);
  link(image, at + L.CELL_FIRST, putCell(placed, first));
  if (!second) return;
  link(image, at + L.CELL_SECOND, putCell(placed, second));
  // Keys that were distinct as sent may be equal once cleaned or read as numbers.
  const isAsSent = first.op === L.OP_STRING && first.clean.steps.length === 0;
  put(image, at + L.CELL_CHECKS_KEYS, isAsSent ? 0 : 1);
}
