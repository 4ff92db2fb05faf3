// One in-memory world that several processes share: objects, catalog pointers, virtual time, and effects that were reported as
// unknown and take place later. It has the semantics the ports promise and no more; faults are put on by `ports.ts`.
import type { TableIdentifier } from '../../../src/contract/compiled.ts';
import type { Uri } from '../../../src/ports.ts';

export interface StoredObject {
  readonly bytes: Buffer;
  readonly lastModifiedMs: number;
}

/**
 * `glue`: an integer version that begins again when a table is made again. `sql`: the metadata location itself. `rest`: the catalog
 * writes the metadata and commits by requirements (`server-catalog.ts`).
 */
export type CatalogKind = 'glue' | 'sql' | 'rest';

interface CatalogRow {
  readonly identifier: TableIdentifier;
  readonly metadataLocation: Uri;
  readonly version: string;
  /** What a catalog that writes the metadata hands out with the pointer. */
  readonly metadata?: unknown;
}

/** What changed, as a checker sees it; `by` is the process that asked for it, however late it took place. */
export type WorldEvent =
  | { readonly kind: 'put'; readonly uri: Uri; readonly bytes: Buffer; readonly by: string }
  | { readonly kind: 'delete'; readonly uri: Uri; readonly bytes: Buffer; readonly by: string }
  | { readonly kind: 'swap'; readonly table: string; readonly metadataLocation: Uri; readonly by: string };

export class MemoryWorld {
  /** Told of every change, in order. */
  watch: ((event: WorldEvent) => void) | undefined;
  readonly objects = new SortedObjects();
  readonly tables = new Map<string, CatalogRow>();
  readonly namespaces = new Set<string>();
  readonly rings: string[] = [];
  /** Names that a catalog which writes the metadata has given out. */
  uuidsMade = 0;
  readonly catalogKind: CatalogKind;
  readonly #late: { readonly atMs: number; readonly effect: () => void }[] = [];
  #nowMs: number;
  #by = '';

  constructor(options: { readonly startMs?: number; readonly catalog?: CatalogKind } = {}) {
    this.#nowMs = options.startMs ?? Date.UTC(2026, 0, 1);
    this.catalogKind = options.catalog ?? 'glue';
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** Lets time pass; what was to take effect meanwhile does so, in order of time. */
  advance(ms: number): void {
    const until = this.#nowMs + ms;
    for (;;) {
      const due = this.#late.filter(({ atMs }) => atMs <= until).sort((a, b) => a.atMs - b.atMs)[0];
      if (!due) break;
      this.#late.splice(this.#late.indexOf(due), 1);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.effect();
    }
    this.#nowMs = until;
  }

  later(afterMs: number, effect: () => void): void {
    this.#late.push({ atMs: this.#nowMs + afterMs, effect });
  }

  /** All effects still under way take place now. */
  settle(): void {
    for (const { effect } of this.#late.splice(0)) effect();
  }

  /** Runs an effect in the name of a process. */
  as<T>(process: string, effect: () => T): T {
    const before = this.#by;
    this.#by = process;
    try {
      return effect();
    } finally {
      this.#by = before;
    }
  }

  putIfAbsent(uri: Uri, bytes: Uint8Array): 'created' | 'exists' {
    if (this.objects.has(uri)) return 'exists';
    const copy = Buffer.from(bytes);
    this.objects.set(uri, { bytes: copy, lastModifiedMs: this.#nowMs });
    this.watch?.({ kind: 'put', uri, bytes: copy, by: this.#by });
    return 'created';
  }

  remove(uri: Uri): void {
    const found = this.objects.get(uri);
    if (!found) return;
    this.objects.delete(uri);
    this.watch?.({ kind: 'delete', uri, bytes: found.bytes, by: this.#by });
  }

  /** URIs under a prefix, ascending. */
  urisUnder(prefix: Uri): Uri[] {
    return this.objects.under(prefix);
  }

  createTable(identifier: TableIdentifier, metadataLocation: Uri, metadata?: unknown): 'created' | 'exists' {
    const key = keyOf(identifier);
    if (this.tables.has(key)) return 'exists';
    const version = this.#versionAfter(undefined, metadataLocation);
    this.tables.set(key, { identifier, metadataLocation, version, ...(metadata === undefined ? {} : { metadata }) });
    this.watch?.({ kind: 'swap', table: key, metadataLocation, by: this.#by });
    return 'created';
  }

  /** Compare-and-swap of a table's pointer. */
  swap(base: CatalogRow, metadataLocation: Uri, metadata?: unknown): 'committed' | 'conflict' | 'gone' {
    const key = keyOf(base.identifier);
    const row = this.tables.get(key);
    if (!row) return 'gone';
    // Glue's clients look at the table's place directly before the update, as a version alone may be another table's.
    if (row.version !== base.version || row.metadataLocation !== base.metadataLocation) return 'conflict';
    const version = this.#versionAfter(row, metadataLocation);
    this.tables.set(key, { ...row, metadataLocation, version, ...(metadata === undefined ? {} : { metadata }) });
    this.watch?.({ kind: 'swap', table: key, metadataLocation, by: this.#by });
    return 'committed';
  }

  dropTable(identifier: TableIdentifier): void {
    this.tables.delete(keyOf(identifier));
  }

  #versionAfter(row: CatalogRow | undefined, metadataLocation: Uri): string {
    if (this.catalogKind !== 'glue') return metadataLocation;
    return String(row ? Number(row.version) + 1 : 0);
  }
}

/** Objects by URI, and their URIs in order: listings are as many as writes, and each is of few objects of many. */
export class SortedObjects extends Map<Uri, StoredObject> {
  readonly #uris: Uri[] = [];

  override set(uri: Uri, object: StoredObject): this {
    if (!this.has(uri)) this.#uris.splice(this.#firstFrom(uri), 0, uri);
    return super.set(uri, object);
  }

  override delete(uri: Uri): boolean {
    const isThere = super.delete(uri);
    if (isThere) this.#uris.splice(this.#firstFrom(uri), 1);
    return isThere;
  }

  override clear(): void {
    super.clear();
    this.#uris.length = 0;
  }

  /** URIs that begin with a prefix, ascending by bytes of UTF-8. */
  under(prefix: Uri): Uri[] {
    const from = this.#firstFrom(prefix);
    let until = from;
    while (this.#uris[until]?.startsWith(prefix)) until++;
    const uris = this.#uris.slice(from, until);
    return uris.some((uri) => SURROGATE.test(uri)) ? uris.sort(compareText) : uris;
  }

  /** Where what is not before a URI begins, by code units: what has a prefix stands together. */
  #firstFrom(uri: Uri): number {
    let [low, high] = [0, this.#uris.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#uris[middle]! < uri) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export function keyOf(identifier: TableIdentifier): string {
  return `${identifier.namespace}.${identifier.name}`;
}

/** Order of URIs as object stores list them: by bytes of UTF-8. */
export function compareText(a: string, b: string): number {
  // Code units order as bytes do, but for surrogates.
  if (!SURROGATE.test(a) && !SURROGATE.test(b)) return a < b ? -1 : a > b ? 1 : 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const SURROGATE = /[\ud800-\udfff]/;
