// One in-memory world that several processes share: objects, catalog pointers, virtual time, and effects that were reported as
// unknown and take place later. It has the semantics the ports promise and no more; faults are put on by `ports.ts`.
import type { TableIdentifier } from '../../../src/contract/compiled.ts';
import type { Uri } from '../../../src/ports.ts';

export interface StoredObject {
  readonly bytes: Buffer;
  readonly lastModifiedMs: number;
}

/** `glue`: an integer version that begins again when a table is made again. `sql`: the metadata location itself. */
export type CatalogKind = 'glue' | 'sql';

interface CatalogRow {
  readonly identifier: TableIdentifier;
  readonly metadataLocation: Uri;
  readonly version: string;
}

export class MemoryWorld {
  readonly objects = new Map<Uri, StoredObject>();
  readonly tables = new Map<string, CatalogRow>();
  readonly namespaces = new Set<string>();
  readonly rings: string[] = [];
  readonly catalogKind: CatalogKind;
  readonly #late: { readonly atMs: number; readonly effect: () => void }[] = [];
  #nowMs: number;

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

  putIfAbsent(uri: Uri, bytes: Uint8Array): 'created' | 'exists' {
    if (this.objects.has(uri)) return 'exists';
    this.objects.set(uri, { bytes: Buffer.from(bytes), lastModifiedMs: this.#nowMs });
    return 'created';
  }

  /** URIs under a prefix, ascending. */
  urisUnder(prefix: Uri): Uri[] {
    return [...this.objects.keys()].filter((uri) => uri.startsWith(prefix)).sort(compareText);
  }

  createTable(identifier: TableIdentifier, metadataLocation: Uri): 'created' | 'exists' {
    const key = keyOf(identifier);
    if (this.tables.has(key)) return 'exists';
    this.tables.set(key, { identifier, metadataLocation, version: this.#versionAfter(undefined, metadataLocation) });
    return 'created';
  }

  /** Compare-and-swap of a table's pointer. */
  swap(base: CatalogRow, metadataLocation: Uri): 'committed' | 'conflict' | 'gone' {
    const key = keyOf(base.identifier);
    const row = this.tables.get(key);
    if (!row) return 'gone';
    if (row.version !== base.version || row.metadataLocation !== base.metadataLocation) return 'conflict';
    this.tables.set(key, { ...row, metadataLocation, version: this.#versionAfter(row, metadataLocation) });
    return 'committed';
  }

  dropTable(identifier: TableIdentifier): void {
    this.tables.delete(keyOf(identifier));
  }

  #versionAfter(row: CatalogRow | undefined, metadataLocation: Uri): string {
    if (this.catalogKind === 'sql') return metadataLocation;
    return String(row ? Number(row.version) + 1 : 0);
  }
}

export function keyOf(identifier: TableIdentifier): string {
  return `${identifier.namespace}.${identifier.name}`;
}

/** Order of URIs as object stores list them: by bytes of UTF-8. */
export function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
