// All entries of one column of a file, over all its row groups: levels and dense values in physical form.
import { decodeValues } from './decode-values.ts';
import { type Arena, type DenseValues, newDense } from './dense.ts';
import { widthOf } from './hybrid.ts';
import { readHybrid } from './hybrid-decode.ts';
import type { FileFooter } from './read-footer.ts';
import { type Budget, type DataPage, readPages } from './read-pages.ts';
import { expectFile } from './refuse.ts';

export interface LeafData {
  readonly entries: number;
  /** Values that are there; their entries have the highest definition level. */
  readonly count: number;
  readonly maxDefinition: number;
  /** Undefined when every entry has its value. */
  readonly definition: Uint8Array | undefined;
  /** Undefined when no list or map is above. */
  readonly repetition: Uint8Array | undefined;
  readonly values: DenseValues;
}

export interface LeafSource {
  readonly file: Buffer;
  readonly footer: FileFooter;
  readonly arena: Arena;
  readonly budget: Budget;
}

/** Reads column `leaf`. The caller has checked that its entries fit the memory limit. */
export function readLeaf(source: LeafSource, leaf: number): LeafData {
  const node = source.footer.leaves[leaf]!;
  const { type, type_length: width = 0 } = node.element;
  expectFile(width >= 0, 'a fixed column has a negative length');
  const entries = source.footer.rowGroups.reduce((sum, group) => sum + group.chunks[leaf]!.entries, 0);
  const column: Column = {
    arena: source.arena,
    type,
    width,
    maxDefinition: node.definition,
    maxRepetition: node.repetition,
    definition: node.definition > 0 ? new Uint8Array(entries) : undefined,
    repetition: node.repetition > 0 ? new Uint8Array(entries) : undefined,
    values: newDense(type, entries, width),
    entry: 0,
    value: 0,
  };
  for (const group of source.footer.rowGroups) readChunk(source, column, { chunk: group.chunks[leaf]!, rows: group.rows });
  return { entries, count: column.value, maxDefinition: node.definition, ...pickLevels(column), values: column.values };
}

interface Column {
  readonly arena: Arena;
  readonly type: string | undefined;
  readonly width: number;
  readonly maxDefinition: number;
  readonly maxRepetition: number;
  readonly definition: Uint8Array | undefined;
  readonly repetition: Uint8Array | undefined;
  readonly values: DenseValues;
  entry: number;
  value: number;
}

function pickLevels(column: Column): Pick<LeafData, 'definition' | 'repetition'> {
  return { definition: column.value === column.entry ? undefined : column.definition, repetition: column.repetition };
}

function readChunk(
  source: LeafSource,
  column: Column,
  part: { readonly chunk: FileFooter['rowGroups'][number]['chunks'][number]; readonly rows: number },
): void {
  const first = column.entry;
  let dictionary: { readonly values: DenseValues; readonly count: number } | undefined;
  readPages(source, part.chunk, (page) => {
    if (page.kind === 'data') {
      readDataPage(column, page, dictionary);
      return;
    }
    expectFile(
      page.values <= page.body.length * 8 && (page.values === 0 || column.type !== 'BOOLEAN'),
      'a dictionary is larger than its page',
    );
    const values = newDense(column.type, page.values, column.width);
    expectFile(dictionary === undefined, 'a column chunk has two dictionaries');
    const isPlain = page.encoding === 'PLAIN' || page.encoding === 'PLAIN_DICTIONARY';
    expectFile(isPlain, 'a dictionary page is not plain encoded');
    decodeValues('PLAIN', page.body, { arena: column.arena, dictionary: undefined }, { into: values, at: 0, count: page.values });
    dictionary = { values, count: page.values };
  });
  let rows = column.entry - first;
  if (column.repetition) {
    expectFile(rows === 0 || column.repetition[first] === 0, 'a row group begins within a row');
    rows = 0;
    for (let i = first; i < column.entry; i++) if (column.repetition[i] === 0) rows++;
  }
  expectFile(rows === part.rows, `a column has ${rows} rows where its row group has ${part.rows}`);
}

function readDataPage(
  column: Column,
  page: DataPage,
  dictionary: { readonly values: DenseValues; readonly count: number } | undefined,
): void {
  const { entry } = column;
  let body = page.body;
  if (page.levels) {
    if (column.repetition)
      fillLevels(column.repetition, page.levels.repetition, { entry, entries: page.entries, max: column.maxRepetition });
    if (column.definition)
      fillLevels(column.definition, page.levels.definition, { entry, entries: page.entries, max: column.maxDefinition });
  } else {
    const [repetition, definition] = page.levelEncodings;
    if (column.repetition) {
      body = takeLevels(column.repetition, body, { entry, entries: page.entries, max: column.maxRepetition, encoding: repetition });
    }
    if (column.definition) {
      body = takeLevels(column.definition, body, { entry, entries: page.entries, max: column.maxDefinition, encoding: definition });
    }
  }
  const count = countValues(column, page.entries);
  decodeValues(page.encoding, body, { arena: column.arena, dictionary }, { into: column.values, at: column.value, count });
  column.entry += page.entries;
  column.value += count;
}

function countValues(column: Column, entries: number): number {
  if (!column.definition) return entries;
  let count = 0;
  for (let i = column.entry; i < column.entry + entries; i++) if (column.definition[i] === column.maxDefinition) count++;
  return count;
}

interface LevelSpan {
  readonly entry: number;
  readonly entries: number;
  readonly max: number;
}

function fillLevels(out: Uint8Array, bytes: Buffer, span: LevelSpan): void {
  const source = { bytes, from: 0, to: bytes.length, width: widthOf(span.max) };
  readHybrid(source, { out, at: span.entry, count: span.entries, max: span.max });
}

/** Levels of a V1 page lie before the values, each kind after its length. Gives the rest of the page. */
function takeLevels(out: Uint8Array, body: Buffer, span: LevelSpan & { readonly encoding: string }): Buffer {
  expectFile(span.encoding === 'RLE', 'levels are run-length encoded; the deprecated bit-packed encoding is not read');
  expectFile(body.length >= 4, 'the levels of a page end early');
  const length = body.readUInt32LE(0);
  expectFile(length <= body.length - 4, 'the levels of a page are longer than the page');
  fillLevels(out, body.subarray(4, 4 + length), span);
  return body.subarray(4 + length);
}
