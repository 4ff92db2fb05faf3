// What the checker knows of one table: every snapshot's files, the rows in them, what others deleted, and whether somebody rolled the
// table back or made it again. After every commit: all files of all snapshots exist, none was written for an old schema, and the
// live rows are, as a multiset, what the ledger places there at `firn.applied`, less what others deleted.
import { readCell } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import type { StructType } from '../../../src/contract/types.ts';
import { readManifestList } from '../../../src/iceberg/manifest-list.ts';
import { readManifest } from '../../../src/iceberg/manifest-read.ts';
import { parseMetadata } from '../../../src/iceberg/metadata-json.ts';
import { schemaHash } from '../../../src/iceberg/schema-hash.ts';
import type { ManifestEntry, Snapshot, TableMetadata } from '../../../src/iceberg/types.ts';
import { readColumns } from '../../../src/parquet/read.ts';
import type { MemoryWorld } from '../../support/memory/world.ts';
import { copyInto, type ExpectedRow, type Place, placeOf } from './ledger-ghost.ts';
import { holds } from './violation.ts';

/** Content of a delete file, as whoever wrote it says. */
export type Deletes =
  | { readonly kind: 'position'; readonly dead: readonly { readonly path: string; readonly row: number }[] }
  | { readonly kind: 'equality'; readonly places: ReadonlySet<Place> };

export interface LiveRow {
  readonly place: Place;
  readonly id: string;
  readonly path: string;
  readonly row: number;
  /** Data sequence number of its file. */
  readonly sequence: number;
}

interface SnapshotFiles {
  readonly entries: readonly ManifestEntry[];
  /** Everything the snapshot needs: its list, manifests, data and delete files. */
  readonly names: ReadonlySet<string>;
}

/** Rows that others write carry this source. */
export const OTHERS_SOURCE = 'others';

/** What the checker of a world gives to all its tables. */
export interface TableFacts {
  readonly world: MemoryWorld;
  /** Staged data file → hash of the schema it was written under. */
  readonly schemaOf: ReadonlyMap<string, string>;
  readonly deletes: Map<string, Deletes>;
}

export class TableGhost {
  readonly table: string;
  metadata: TableMetadata | undefined;
  metadataLocation = '';
  /** Rolled back or made again, and not repaired. */
  isDirty = false;
  /** Somebody did what justifies parking it. */
  isHurt = false;
  /** `place n`: rows that others deleted, with the entry that brought them. */
  readonly removed = new Set<string>();
  /** A compaction left rows out that others had deleted: nothing in the table says any more why they are gone. */
  hasForgotten = false;
  /** Highest entry ever applied. */
  ever = 0;
  /** Parents of every snapshot that ever was. */
  readonly parents = new Map<bigint, bigint | undefined>();
  /** Every name some snapshot of the current metadata needs. */
  names: ReadonlySet<string> = new Set();
  readonly deletes: Map<string, Deletes>;
  readonly #schemaOf: ReadonlyMap<string, string>;
  readonly #world: MemoryWorld;
  readonly #snapshots = new Map<string, SnapshotFiles>();
  readonly #manifests = new Map<string, readonly ManifestEntry[]>();
  readonly #rows = new Map<string, readonly { readonly place: Place; readonly id: string }[]>();

  constructor(table: string, given: TableFacts) {
    this.table = table;
    this.#world = given.world;
    this.#schemaOf = given.schemaOf;
    this.deletes = given.deletes;
  }

  /** The same knowledge, of another world from now on. */
  copy(given: TableFacts): TableGhost {
    const copy = new TableGhost(this.table, given);
    const { metadata, metadataLocation, isDirty, isHurt, hasForgotten, ever, names } = this;
    Object.assign(copy, { metadata, metadataLocation, isDirty, isHurt, hasForgotten, ever, names });
    for (const row of this.removed) copy.removed.add(row);
    copyInto(this.parents, copy.parents);
    copyInto(this.#snapshots, copy.#snapshots);
    copyInto(this.#manifests, copy.#manifests);
    copyInto(this.#rows, copy.#rows);
    return copy;
  }

  applied(): number {
    return Number(this.metadata?.properties['firn.applied'] ?? 0);
  }

  currentSnapshot(): Snapshot | undefined {
    return this.metadata?.snapshots.find((one) => one['snapshot-id'] === this.metadata!['current-snapshot-id']);
  }

  /** The catalog points at new metadata: everything it names must be there. */
  load(metadataLocation: string): void {
    const bytes = this.#world.objects.get(metadataLocation)?.bytes;
    holds(bytes, () => `P3 ${this.table} points at metadata that is not there: ${metadataLocation}`);
    const metadata = parseMetadata(bytes);
    this.metadata = metadata;
    this.metadataLocation = metadataLocation;
    const names = new Set<string>([metadataLocation]);
    for (const snapshot of metadata.snapshots) {
      this.parents.set(snapshot['snapshot-id'], snapshot['parent-snapshot-id']);
      for (const name of this.#filesOf(snapshot).names) names.add(name);
    }
    for (const name of names) holds(this.#world.objects.has(name), () => `P3 a snapshot of ${this.table} names a missing file ${name}`);
    this.names = names;
  }

  gone(): void {
    this.metadata = undefined;
    this.metadataLocation = '';
    this.names = new Set();
  }

  /** Files a commit of ours added were written under the schema the table has now. */
  checkSchema(): void {
    const snapshot = this.currentSnapshot();
    if (!snapshot || !this.metadata) return;
    const schema = this.metadata.schemas.find((one) => one['schema-id'] === this.metadata!['current-schema-id'])!;
    const hash = schemaHash(schema);
    for (const { status, snapshotId, file } of this.#filesOf(snapshot).entries) {
      if (status !== 1 || snapshotId !== snapshot['snapshot-id']) continue;
      const written = this.#schemaOf.get(file.filePath);
      holds(written === undefined || written === hash, () => `P6 a file of an old schema was committed to ${this.table}: ${file.filePath}`);
    }
  }

  async checkRows(expected: ReadonlyMap<Place, ExpectedRow>): Promise<void> {
    const wanted = new Map([...expected].filter(([place, { n }]) => !this.removed.has(`${place} ${n}`)));
    const tooMany: string[] = [];
    for (const { place, id } of await this.liveRows()) {
      if (place.startsWith(`${OTHERS_SOURCE}|`)) continue;
      if (wanted.get(place)?.id === id) wanted.delete(place);
      else tooMany.push(`${place} ${id}`);
    }
    const isRight = wanted.size === 0 && tooMany.length === 0;
    holds(isRight, () => `P1/P2 ${this.table} at ${this.applied()}: missing ${[...wanted.keys()]}, too many ${tooMany}`);
  }

  /** Live rows of the current snapshot, deletes applied. */
  async liveRows(): Promise<LiveRow[]> {
    const snapshot = this.currentSnapshot();
    if (!snapshot) return [];
    const entries = this.#filesOf(snapshot).entries.filter(({ status }) => status !== 2);
    const deletes = entries.filter(({ file }) => file.content !== 0);
    const dead = new Set<string>();
    const erased: { readonly sequence: number; readonly places: ReadonlySet<Place> }[] = [];
    for (const { file, sequenceNumber } of deletes) {
      const content = this.deletes.get(file.filePath);
      if (content?.kind === 'position') for (const { path, row } of content.dead) dead.add(`${path} ${row}`);
      if (content?.kind === 'equality') erased.push({ sequence: sequenceNumber, places: content.places });
    }
    const live: LiveRow[] = [];
    for (const { file, sequenceNumber } of entries) {
      if (file.content !== 0) continue;
      for (const [row, { place, id }] of (await this.#rowsOf(file.filePath)).entries()) {
        if (dead.has(`${file.filePath} ${row}`)) continue;
        if (erased.some(({ sequence, places }) => sequenceNumber < sequence && places.has(place))) continue;
        live.push({ place, id, path: file.filePath, row, sequence: sequenceNumber });
      }
    }
    return live;
  }

  /** Names of what the current snapshot needs. */
  namesOf(snapshot: Snapshot): ReadonlySet<string> {
    return this.#filesOf(snapshot).names;
  }

  /** Does a table's current snapshot descend from another, as history really was? */
  descends(from: bigint, of: bigint | undefined): boolean {
    for (let at = of, steps = 0; at !== undefined && steps <= this.parents.size; at = this.parents.get(at), steps++) {
      if (at === from) return true;
    }
    return false;
  }

  #filesOf(snapshot: Snapshot): SnapshotFiles {
    const list = snapshot['manifest-list'];
    const known = this.#snapshots.get(list);
    if (known) return known;
    const bytes = this.#world.objects.get(list)?.bytes;
    holds(bytes, () => `P3 a snapshot of ${this.table} names a missing file ${list}`);
    const names = new Set<string>([list]);
    const entries: ManifestEntry[] = [];
    for (const manifest of readManifestList(bytes)) {
      names.add(manifest.path);
      const read = this.#manifestEntries(manifest);
      entries.push(...read);
      for (const { status, file } of read) if (status !== 2) names.add(file.filePath);
    }
    const files = { entries, names };
    this.#snapshots.set(list, files);
    return files;
  }

  #manifestEntries(manifest: Parameters<typeof readManifest>[1]): readonly ManifestEntry[] {
    const key = `${manifest.path} ${manifest.sequenceNumber}`;
    const known = this.#manifests.get(key);
    if (known) return known;
    const bytes = this.#world.objects.get(manifest.path)?.bytes;
    holds(bytes, () => `P3 a snapshot of ${this.table} names a missing file ${manifest.path}`);
    const entries = readManifest(bytes, manifest);
    this.#manifests.set(key, entries);
    return entries;
  }

  async #rowsOf(path: string): Promise<readonly { readonly place: Place; readonly id: string }[]> {
    const known = this.#rows.get(path);
    if (known) return known;
    const bytes = this.#world.objects.get(path)?.bytes;
    holds(bytes, () => `P3 a live file of ${this.table} is missing: ${path}`);
    const rows = await readRows(bytes, this.metadata!);
    this.#rows.set(path, rows);
    return rows;
  }
}

const WANTED = ['source_id', 'kafka_partition', 'kafka_offset', 'id', 'value'];

/** Place and record id of every row: of the quarantine the id is in the message itself. */
async function readRows(bytes: Buffer, metadata: TableMetadata): Promise<{ readonly place: Place; readonly id: string }[]> {
  const schema = metadata.schemas.find((one) => one['schema-id'] === metadata['current-schema-id'])!;
  const fields = schema.fields.filter(({ name }) => WANTED.includes(name)).map((field) => ({ ...field, required: false }));
  const struct: StructType = { type: 'struct', fields };
  const columns = await readColumns(bytes, struct);
  const layout = layoutOf(struct);
  // The wanted columns are flat, so a field's place is its slot.
  const cell = (name: string, row: number) => {
    const slot = fields.findIndex((field) => field.name === name);
    return slot === -1 ? undefined : readCell(columns, layout, { slot, row });
  };
  return Array.from({ length: columns.rows }, (_, row) => {
    const place = placeOf(String(cell('source_id', row)), Number(cell('kafka_partition', row)), Number(cell('kafka_offset', row)));
    return { place, id: idOf(cell('value', row), cell('id', row)) };
  });
}

function idOf(value: unknown, id: unknown): string {
  if (!(value instanceof Uint8Array)) return String(id);
  return String((JSON.parse(Buffer.from(value).toString('utf8')) as { readonly id: unknown }).id);
}
