// What the checker knows of a contract's ledger: a second, naive fold over single offsets and record ids, independent of
// `src/ledger/fold.ts`. It is told of every entry the moment it exists and says which promise an entry breaks:
//   numbers without gap or fork · no offset in two classes · no record at two offsets · counts and files equal the classes ·
//   absent only where no record is · a redrive only of what is quarantined · a park has a cause.
import type { DecidedDescriptor, DecidedTable, LedgerEntry } from '../../../src/ledger/entries.ts';
import { keptOffsets } from '../../../src/ledger/trim.ts';
import type { PartitionClasses, Range } from '../../../src/ledger/types.ts';
import type { SimRecord } from './sources.ts';
import { holds, violated } from './violation.ts';

/** `sourceId|partition|offset`. */
export type Place = string;
export interface Classified {
  readonly cls: 'accepted' | 'quarantined' | 'filtered' | 'absent' | 'declared' | 'inherited';
  readonly table?: string;
  readonly id?: string;
}
/** A row the ledger places in a table: the record and the entry that brought it. */
export interface ExpectedRow {
  readonly id: string;
  readonly n: number;
}

/** What the ghost is told of the world it cannot see in the ledger itself. */
export interface GhostFacts {
  /** The record a descriptor was staged with at a place. */
  stagedRecord(descriptorId: string, place: Place): SimRecord | undefined;
  /** The record that is at a place now, in the topic or file the source reads. */
  recordAt(place: Place): SimRecord | undefined;
  /** Did the topic hold no record there before it was made again? Who asked it then may say so later. */
  wasAbsent(place: Place): boolean;
  isParkJust(target: { readonly table?: string; readonly sourceId?: string }, reason: string): boolean;
}

export class LedgerGhost {
  readonly contract: string;
  n = 0;
  readonly entries = new Map<number, LedgerEntry>();
  readonly classes = new Map<Place, Classified>();
  /** Record id → its one place. */
  readonly where = new Map<string, Place>();
  readonly decided = new Map<string, number>();
  readonly declared = new Set<Place>();
  /** Entries that hold something for a table. */
  readonly need = new Map<string, number[]>();
  readonly #expected = new Map<string, { readonly n: number; readonly rows: ReadonlyMap<Place, ExpectedRow> }[]>();
  readonly #facts: GhostFacts;

  constructor(contract: string, facts: GhostFacts) {
    this.contract = contract;
    this.#facts = facts;
  }

  /** The same knowledge, of another world from now on. */
  copy(facts: GhostFacts): LedgerGhost {
    const copy = new LedgerGhost(this.contract, facts);
    copy.n = this.n;
    copyInto(this.entries, copy.entries);
    copyInto(this.classes, copy.classes);
    copyInto(this.where, copy.where);
    copyInto(this.decided, copy.decided);
    copyInto(this.need, copy.need);
    for (const place of this.declared) copy.declared.add(place);
    copyInto(this.#expected, copy.#expected);
    return copy;
  }

  /** Rows of a table once it has applied everything up to an entry. */
  expectedAt(table: string, applied: number): ReadonlyMap<Place, ExpectedRow> {
    return this.#expected.get(table)?.findLast(({ n }) => n <= applied)?.rows ?? NO_ROWS;
  }

  onEntry(entry: LedgerEntry): void {
    holds(entry.n === this.n + 1, () => `ledger of ${this.contract} forked: entry ${entry.n} created when the ledger is at ${this.n}`);
    this.n = entry.n;
    this.entries.set(entry.n, entry);
    switch (entry.kind) {
      case 'land':
        for (const descriptor of entry.descriptors) this.#onDescriptor(entry.n, descriptor);
        return;
      case 'source':
        for (const { sourceId, inherited } of entry.sources) for (const one of inherited ?? []) this.#inherit(sourceId, one);
        return;
      case 'absent':
        for (const { sourceId, partition, ranges } of entry.ranges) {
          this.#absent(placesOf(sourceId, partition, ranges), entry.evidence);
        }
        return;
      case 'redrive':
      case 'replay':
      case 'replace':
        this.#reclass(entry);
        for (const table of entry.holds) this.#hold(table, entry.n);
        return;
      case 'erase':
        for (const table of entry.holds) this.#hold(table, entry.n);
        return;
      case 'park': {
        const { target, reason } = entry;
        const name = 'table' in target ? target.table : target.sourceId;
        holds(this.#facts.isParkJust(target, reason), () => `P4 ${name} parked without a cause: ${reason}: ${entry.message}`);
        return;
      }
      case 'unpark':
        for (const table of entry.holds) this.#hold(table, entry.n);
        return;
    }
  }

  #onDescriptor(n: number, descriptor: DecidedDescriptor): void {
    const at = `entry ${n} of ${this.contract}`;
    holds(!this.decided.has(descriptor.id), () => `P2 ${at} decides descriptor ${descriptor.id} again`);
    this.decided.set(descriptor.id, n);
    const counts = { accepted: 0, quarantined: 0, filtered: 0, absent: 0 };
    const placed = new Map<string, Set<Place>>();
    for (const { sourceId, partitions } of descriptor.sources) {
      for (const [place, cls, table] of partitions.flatMap((one) => [...classesOf(sourceId, one)])) {
        counts[cls]++;
        const record = this.#facts.stagedRecord(descriptor.id, place);
        holds(
          (record === undefined) === (cls === 'absent'),
          () => `P1 ${at} counts ${place} as ${cls}, delivered was ${record?.id ?? 'none'}`,
        );
        const home = cls === 'quarantined' ? quarantineOf(descriptor.tables, place) : table;
        this.#classify(place, { cls, ...(home ? { table: home } : {}), ...(record ? { id: record.id } : {}) }, at);
        if (home) placed.set(home, (placed.get(home) ?? new Set()).add(place));
      }
    }
    holds(JSON.stringify(counts) === JSON.stringify(pick(descriptor.counts)), () => `P1 counts of ${at} differ from its classes`);
    this.#checkFiles(descriptor.tables, { placed, at });
    this.#expect(n, placed);
  }

  #classify(place: Place, now: Classified, at: string): void {
    const before = this.classes.get(place);
    if (before) violated(`P1 offset ${place} counted twice: ${before.cls} of ${before.id}, then ${now.cls} by ${at}`);
    this.classes.set(place, now);
    if (now.id === undefined || now.cls === 'inherited') return;
    const elsewhere = this.where.get(now.id);
    if (elsewhere !== undefined && elsewhere !== place) violated(`P2 record ${now.id} at ${elsewhere} and ${place}`);
    this.where.set(now.id, place);
  }

  #checkFiles(tables: readonly DecidedTable[], { placed, at }: { readonly placed: Map<string, Set<Place>>; readonly at: string }): void {
    for (const { table, files } of tables) {
      const held = files.flatMap(keptOffsets).flatMap(({ sourceId, partition, ranges }) => placesOf(sourceId, partition, ranges));
      const wanted = placed.get(table) ?? new Set();
      const isSame = held.length === wanted.size && held.every((place) => wanted.has(place));
      holds(isSame, () => `P1 counts of ${at} differ from the rows it keeps for ${table}`);
    }
    for (const [table, places] of placed) {
      const isHeld = places.size === 0 || tables.some((one) => one.table === table);
      holds(isHeld, () => `P1 ${at} counts rows for ${table} and brings none`);
    }
  }

  #expect(n: number, placed: ReadonlyMap<string, ReadonlySet<Place>>): void {
    for (const [table, places] of placed) {
      if (places.size === 0) continue;
      const rows = new Map(this.expectedAt(table, n));
      for (const place of places) rows.set(place, { id: this.classes.get(place)!.id!, n });
      this.#remember(table, n, rows);
      this.#hold(table, n);
    }
  }

  #remember(table: string, n: number, rows: ReadonlyMap<Place, ExpectedRow>): void {
    const history = (this.#expected.get(table) ?? []).filter((one) => one.n !== n);
    this.#expected.set(table, [...history, { n, rows }]);
  }

  #hold(table: string, n: number): void {
    const held = this.need.get(table) ?? [];
    if (held.at(-1) !== n) this.need.set(table, [...held, n]);
  }

  #inherit(sourceId: string, one: { readonly partition: number; readonly ranges: readonly Range[] }): void {
    for (const place of placesOf(sourceId, one.partition, one.ranges)) {
      const record = this.#facts.recordAt(place);
      const isLanded = record !== undefined && this.where.has(record.id);
      holds(isLanded, () => `P1 ${place} counts as landed under an older generation, its record ${record?.id ?? 'none'} never was`);
      this.#classify(place, { cls: 'inherited', id: record!.id }, 'a source entry');
    }
  }

  #absent(places: readonly Place[], evidence: 'proven' | 'declared'): void {
    for (const place of places) {
      const record = this.#facts.recordAt(place);
      if (evidence === 'proven')
        holds(!record || this.#facts.wasAbsent(place), () => `P1 ${place} counts as proven absent and holds record ${record?.id}`);
      if (evidence === 'declared') this.declared.add(place);
      this.#classify(place, { cls: evidence === 'proven' ? 'absent' : 'declared' }, 'an absent entry');
    }
  }

  #reclass(entry: Extract<LedgerEntry, { kind: 'redrive' | 'replay' | 'replace' }>): void {
    const moved = new Map<string, Map<Place, ExpectedRow>>();
    const rowsOf = (table: string): Map<Place, ExpectedRow> => {
      const known = moved.get(table) ?? new Map(this.expectedAt(table, entry.n));
      moved.set(table, known);
      return known;
    };
    for (const { sourceId, partitions } of entry.sources) {
      for (const [place, cls, table] of partitions.flatMap((one) => [...classesOf(sourceId, one)])) {
        const before = this.classes.get(place);
        if (entry.kind === 'redrive') holds(before?.cls === 'quarantined', () => `P2 redrive of ${place} which is ${before?.cls}`);
        const id = before?.id;
        if (before?.table) rowsOf(before.table).delete(place);
        const home = cls === 'quarantined' ? quarantineOf(entry.tables, place) : table;
        this.classes.set(place, { cls, ...(home ? { table: home } : {}), ...(id ? { id } : {}) });
        if (home && id) rowsOf(home).set(place, { id, n: entry.n });
      }
    }
    for (const [table, rows] of moved) this.#remember(table, entry.n, rows);
  }
}

/** Values are replaced, never changed. */
export function copyInto<K, V>(from: ReadonlyMap<K, V>, to: Map<K, V>): void {
  for (const [key, value] of from) to.set(key, value);
}

const NO_ROWS: ReadonlyMap<Place, ExpectedRow> = new Map();

function* classesOf(
  sourceId: string,
  one: PartitionClasses,
): Generator<readonly [Place, 'accepted' | 'quarantined' | 'filtered' | 'absent', string?]> {
  for (const [table, ranges] of Object.entries(one.accepted)) {
    for (const place of placesOf(sourceId, one.partition, ranges)) yield [place, 'accepted', table];
  }
  for (const cls of ['quarantined', 'filtered', 'absent'] as const) {
    for (const place of placesOf(sourceId, one.partition, one[cls])) yield [place, cls];
  }
}

/** The quarantine table whose files hold the place; a descriptor that holds it in none keeps no row of it. */
function quarantineOf(tables: readonly DecidedTable[], place: Place): string {
  const quarantines = tables.filter(({ table }) => table.endsWith('__quarantine'));
  const holder = quarantines.find(({ files }) =>
    files.some((file) => file.offsets.some(({ sourceId, partition, ranges }) => placesOf(sourceId, partition, ranges).includes(place))),
  );
  return (holder ?? quarantines[0])?.table ?? '__quarantine';
}

export function placesOf(sourceId: string, partition: number, ranges: readonly Range[]): Place[] {
  return ranges.flatMap(([start, end]) => Array.from({ length: end - start }, (_, i) => placeOf(sourceId, partition, start + i)));
}

export function placeOf(sourceId: string, partition: number, offset: number): Place {
  return `${sourceId}|${partition}|${offset}`;
}

function pick({ accepted, quarantined, filtered, absent }: DecidedDescriptor['counts']) {
  return { accepted, quarantined, filtered, absent };
}
