// A staged descriptor as bytes and back (DESIGN §5.4). What is read is checked whole before it is used: shape, disjoint classes,
// and that the files hold exactly the offsets the classes say (promise 1). A descriptor that fails is a poisoned one: refused
// with InputRefusedError, for the caller to set aside and keep.
import { LIMITS } from '../contract/limits.ts';
import { QUARANTINE_SUFFIX } from '../contract/names.ts';
import { InputRefusedError } from '../errors.ts';
import type { SourceRanges } from './entries.ts';
import { count, list, object, parseJson, type Reader, record, text } from './json-readers.ts';
import { countOffsets, normalizeRanges, type Ranges } from './ranges.ts';
import { descriptorSource, descriptorTable, fileProgress, parkRule, versionOne } from './shapes.ts';
import type { Descriptor, DescriptorSource, DescriptorTable } from './types.ts';

const readDescriptor: Reader<Descriptor> = object<Descriptor>(
  {
    version: versionOne,
    id: text,
    contract: text,
    contractVersion: text,
    programHash: text,
    createdAtMs: count,
    sources: list(descriptorSource),
    tables: list(descriptorTable),
    files: list(fileProgress),
    park: list(parkRule),
    ruleCounts: record(count),
  },
  ['files', 'park'],
);

/** The bytes of a descriptor; checked like one that is read, so that none is staged that could not be decided. */
export function encodeDescriptor(descriptor: Descriptor): Buffer {
  checkDescriptor(descriptor);
  const bytes = Buffer.from(JSON.stringify(descriptor), 'utf8');
  if (bytes.length <= LIMITS.descriptorBytesMax) return bytes;
  throw new InputRefusedError(
    `staged descriptor would have ${bytes.length} bytes, at most ${LIMITS.descriptorBytesMax} can be decided; land smaller batches, or give the table a coarser partition spec`,
    { code: 'descriptor-too-large', details: { expected: `at most ${LIMITS.descriptorBytesMax} bytes`, got: `${bytes.length} bytes` } },
  );
}

/** The descriptor in the bytes; throws InputRefusedError when it is not one. */
export function parseDescriptor(bytes: Uint8Array): Descriptor {
  if (bytes.length > LIMITS.ledgerObjectBytesMax) {
    throw malformed(`it has ${bytes.length} bytes, at most ${LIMITS.ledgerObjectBytesMax} are read`);
  }
  const descriptor = readDescriptor(parseJson(bytes, 'descriptor'), 'descriptor');
  checkDescriptor(descriptor);
  return descriptor;
}

/** By its name. */
export function isQuarantineTable(table: string): boolean {
  return table.endsWith(QUARANTINE_SUFFIX);
}

function checkDescriptor(descriptor: Descriptor): void {
  const seen = new Set<string>();
  for (const source of descriptor.sources) {
    for (const classes of source.partitions) {
      const key = `${source.sourceId} ${classes.partition}`;
      if (seen.has(key)) throw malformed(`partition ${classes.partition} of a source is named twice`);
      seen.add(key);
      const all = [...Object.values(classes.accepted).flat(), ...classes.quarantined, ...classes.filtered, ...classes.absent];
      if (countOffsets(all) !== countOffsets(normalizeRanges(all))) throw malformed('an offset is in two classes');
      if (all.length === 0) throw malformed('a partition has no offsets');
    }
  }
  checkFiles(descriptor);
}

/** Accepted offsets of each table, and quarantined offsets over all quarantine tables, are those of the files: no more, no fewer. */
function checkFiles(descriptor: Descriptor): void {
  const expected = new Map<string, Ranges>();
  for (const source of descriptor.sources) {
    for (const classes of source.partitions) {
      for (const [table, ranges] of Object.entries(classes.accepted)) add(expected, slotOf(table, source, classes.partition), ranges);
      add(expected, slotOf('', source, classes.partition), classes.quarantined);
    }
  }
  const held = new Map<string, Ranges>();
  for (const table of descriptor.tables) for (const file of offsetsOf(table)) add(held, file.slot, file.ranges);
  for (const [slot, ranges] of held) {
    if (countOffsets(ranges) !== countOffsets(normalizeRanges(ranges))) throw malformed('an offset is in two files of a table');
    if (!sameRanges(ranges, expected.get(slot) ?? [])) throw malformed('files hold offsets that their class does not name');
  }
  for (const slot of expected.keys()) if (!held.has(slot)) throw malformed('a class names offsets that no file holds');
}

function offsetsOf(table: DescriptorTable): { readonly slot: string; readonly ranges: Ranges }[] {
  const key = isQuarantineTable(table.table) ? '' : table.table;
  return table.files.flatMap((file) => {
    const rows = file.offsets.reduce((sum, { ranges }) => sum + countOffsets(ranges), 0);
    if (rows !== file.recordCount) throw malformed(`a file has ${file.recordCount} rows and names ${rows} offsets`);
    return file.offsets.map((offsets) => ({ slot: slotOf(key, offsets, offsets.partition), ranges: offsets.ranges }));
  });
}

function slotOf(table: string, source: Pick<SourceRanges | DescriptorSource, 'sourceId'>, partition: number): string {
  return `${table}\n${source.sourceId}\n${partition}`;
}

function add(map: Map<string, Ranges>, key: string, ranges: Ranges): void {
  if (ranges.length > 0) map.set(key, [...(map.get(key) ?? []), ...ranges]);
}

function sameRanges(a: Ranges, b: Ranges): boolean {
  return JSON.stringify(normalizeRanges(a)) === JSON.stringify(normalizeRanges(b));
}

function malformed(what: string): InputRefusedError {
  return new InputRefusedError(`staged descriptor is malformed: ${what}; it is kept and set aside`, { code: 'descriptor-malformed' });
}
