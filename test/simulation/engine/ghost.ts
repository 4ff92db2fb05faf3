// The checker: told of every change of the world in order, it keeps what the protocol does not know (which record is where, what
// others did) and throws a ViolationError the moment a promise does not hold. It shares no state with the code under test and
// folds the ledger itself (`ledger-ghost.ts`, `table-ghost.ts`); invariants are those of the protocol's model.
import { zstdDecompressSync } from 'node:zlib';
import type { LedgerEntry } from '../../../src/ledger/entries.ts';
import type { Descriptor } from '../../../src/ledger/types.ts';
import type { MemoryWorld, WorldEvent } from '../../support/memory/world.ts';
import { copyInto, type GhostFacts, LedgerGhost, type Place, placeOf } from './ledger-ghost.ts';
import { type Delivery, type SimRecord, type Source, sourceIdOf } from './sources.ts';
import { type Deletes, TableGhost } from './table-ghost.ts';
import { holds, violated } from './violation.ts';

export interface Batch {
  readonly sourceId: string;
  readonly deliveries: readonly Delivery[];
}

/** Is it one of two generations that are read beside one another? */
function isBeside(source: Source, sourceId: string): boolean {
  return source.older !== undefined && [sourceIdOf(source), source.older.sourceId].includes(sourceId);
}

export interface GhostOptions {
  readonly world: MemoryWorld;
  readonly sources: readonly Source[];
  /** What a process is landing. */
  batchOf(process: string): Batch | undefined;
}

export class Ghost {
  readonly ledgers = new Map<string, LedgerGhost>();
  readonly tables = new Map<string, TableGhost>();
  /** Staged descriptors by id, also after they are gone. */
  readonly descriptors = new Map<string, { readonly descriptor: Descriptor; readonly records: ReadonlyMap<Place, SimRecord> }>();
  readonly acknowledged = new Map<string, Place>();
  /** Contents of delete files, told by whoever writes them. */
  readonly deletes = new Map<string, Deletes>();
  /** Files that others took although somebody still needed them. */
  readonly stolen = new Set<string>();
  /** Others deleted rows for good: a redelivery may find nothing to be compared with. */
  isEvidenceLost = false;
  readonly trace: string[] = [];
  /** Changes of the world judged so far. */
  judged = 0;
  readonly #options: GhostOptions;
  readonly #schemaOf = new Map<string, string>();
  #queue: (WorldEvent | { readonly kind: 'acknowledge'; readonly contract: string; readonly batch: Batch })[] = [];

  constructor(options: GhostOptions) {
    this.#options = options;
    options.world.watch = (event) => void this.#queue.push(event);
  }

  /** Something has changed that is not judged yet. */
  isBehind(): boolean {
    return this.#queue.length > 0;
  }

  /** Judges everything that changed since the last call. */
  async settle(): Promise<void> {
    const events = this.#queue;
    this.#queue = [];
    this.judged += events.length;
    for (const event of events) {
      if (event.kind === 'acknowledge') this.#onAcknowledge(event.contract, event.batch);
      else if (event.kind === 'put') this.#onPut(event);
      else if (event.kind === 'delete') this.#onDelete(event);
      else await this.#onSwap(event);
    }
  }

  ledger(contract: string): LedgerGhost {
    const known = this.ledgers.get(contract);
    if (known) return known;
    const made = new LedgerGhost(contract, this.#facts());
    this.ledgers.set(contract, made);
    return made;
  }

  #facts(): GhostFacts {
    return {
      stagedRecord: (id, place) => this.descriptors.get(id)?.records.get(place),
      recordAt: (place) => this.recordAt(place),
      wasAbsent: (place) => this.#wasAbsent(place),
      isParkJust: (target, reason) => this.#isParkJust(target, reason),
    };
  }

  /** The same knowledge, of a copy of the world. Its trace begins anew. */
  copy(options: GhostOptions): Ghost {
    if (this.isBehind()) throw new Error('a world is copied when all its changes have been judged');
    const copy = new Ghost(options);
    copyInto(this.descriptors, copy.descriptors);
    copyInto(this.acknowledged, copy.acknowledged);
    copyInto(this.deletes, copy.deletes);
    copyInto(this.#schemaOf, copy.#schemaOf);
    for (const uri of this.stolen) copy.stolen.add(uri);
    copy.isEvidenceLost = this.isEvidenceLost;
    const facts = copy.#facts();
    for (const [contract, ledger] of this.ledgers) copy.ledgers.set(contract, ledger.copy(facts));
    const given = { world: options.world, schemaOf: copy.#schemaOf, deletes: copy.deletes };
    for (const [key, table] of this.tables) copy.tables.set(key, table.copy(given));
    return copy;
  }

  table(key: string): TableGhost {
    const known = this.tables.get(key);
    if (known) return known;
    const made = new TableGhost(key, { world: this.#options.world, schemaOf: this.#schemaOf, deletes: this.deletes });
    this.tables.set(key, made);
    return made;
  }

  /** The record that is at a place now. */
  recordAt(place: Place): SimRecord | undefined {
    const [sourceId, partition, offset] = place.split('|') as [string, string, string];
    const { sources } = this.#options;
    const log =
      sources.find((one) => sourceIdOf(one) === sourceId || sourceIdOf({ ...one, generation: one.upcoming ?? 0 }) === sourceId)?.log ??
      sources.find(({ older }) => older?.sourceId === sourceId)?.older?.log;
    return log?.[Number(partition)]?.[Number(offset)];
  }

  #wasAbsent(place: Place): boolean {
    const [sourceId, partition, offset] = place.split('|') as [string, string, string];
    const source = this.#options.sources.find(({ recreated }) => recreated.has(sourceId));
    return source !== undefined && source.before[Number(partition)]?.[Number(offset)] === undefined;
  }

  acknowledge(contract: string, batch: Batch): void {
    this.#queue.push({ kind: 'acknowledge', contract, batch });
  }

  /** Promise 1: what is acknowledged is in the ledger or in a staged descriptor. */
  #onAcknowledge(contract: string, { sourceId, deliveries }: Batch): void {
    const ledger = this.ledger(contract);
    const staged = this.#stagedIds(contract);
    for (const { partition, offset, record } of deliveries) {
      const place = placeOf(sourceId, partition, offset);
      this.acknowledged.set(record.id, place);
      const isDurable = ledger.where.has(record.id) || ledger.declared.has(place) || staged.has(record.id);
      holds(isDurable, () => `P1 acknowledged but not durable: ${record.id} at ${place}`);
    }
  }

  /** Records in descriptors that no entry names. */
  #stagedIds(contract: string): Set<string> {
    const ids = new Set<string>();
    for (const { records } of this.#undecided(contract)) for (const { id } of records.values()) ids.add(id);
    return ids;
  }

  *#undecided(contract: string) {
    for (const [id, staged] of this.descriptors) {
      if (staged.descriptor.contract !== contract || this.ledger(contract).decided.has(id)) continue;
      if (this.#options.world.objects.has(this.#uriOf(contract, id))) yield staged;
    }
  }

  #uriOf(contract: string, id: string): string {
    return `s3://bucket/warehouse/_firn/${contract}/staged/${id}.json`;
  }

  #isParkJust(target: { readonly table?: string; readonly sourceId?: string }, reason: string): boolean {
    if (target.table !== undefined) return this.table(target.table).isHurt || reason === 'rule';
    if (reason === 'nothing-to-compare' && this.isEvidenceLost) return true;
    if (reason === 'generation-unmapped' && this.#options.sources.some((one) => isBeside(one, target.sourceId!))) return true;
    return this.#options.sources.some(({ recreated }) => recreated.has(target.sourceId!));
  }

  #onPut({ uri, bytes, by }: Extract<WorldEvent, { kind: 'put' }>): void {
    const path = PROTOCOL.exec(uri);
    if (!path) return;
    const [, contract, folder, name] = path as unknown as [string, string, string, string];
    if (folder === 'ledger') {
      const entry = JSON.parse(zstdDecompressSync(bytes).toString('utf8')) as LedgerEntry;
      this.trace.push(`entry ${entry.n} ${entry.kind} of ${contract} by ${by}`);
      this.ledger(contract).onEntry(entry);
      if (entry.kind === 'unpark' && 'table' in entry.target) this.#unparked(this.table(entry.target.table), entry);
    }
    if (folder === 'staged' && name.endsWith('.json')) this.#onDescriptor(JSON.parse(bytes.toString('utf8')) as Descriptor, by);
  }

  #unparked(table: TableGhost, { reset }: Extract<LedgerEntry, { kind: 'unpark' }>): void {
    table.isHurt = table.isDirty || [...this.stolen].some((uri) => this.#holderOf(uri) === table.table);
    if (reset) table.removed.clear();
  }

  #onDescriptor(descriptor: Descriptor, by: string): void {
    const { contract, id } = descriptor;
    if (this.ledger(contract).decided.has(id)) return; // A late second PUT brings a decided, deleted descriptor back: harmless.
    const batch = this.#options.batchOf(by);
    const records = new Map(
      (batch?.deliveries ?? []).map((one) => [placeOf(batch!.sourceId, one.partition, one.offset), one.record] as const),
    );
    this.descriptors.set(id, { descriptor, records });
    this.trace.push(`staged ${id.slice(-8)} of ${contract} by ${by}: ${[...records.keys()].join(' ')}`);
    for (const { table, schemaHash, files } of descriptor.tables) {
      for (const { path } of files) {
        this.#schemaOf.set(path, schemaHash);
        if (this.#options.world.objects.has(path) || this.#isParkedCopy(contract, path)) continue;
        holds(this.stolen.has(path), () => `P3 a descriptor of ${by} names a swept file ${path}`);
        this.table(table).isHurt = true;
      }
    }
  }

  #isParkedCopy(contract: string, path: string): boolean {
    return this.#options.world.objects.has(`s3://bucket/warehouse/_firn/${contract}/parked/${path.slice(path.lastIndexOf('/') + 1)}`);
  }

  async #onSwap({ table: key, metadataLocation, by }: Extract<WorldEvent, { kind: 'swap' }>): Promise<void> {
    const table = this.table(key);
    const isOurs = !by.startsWith('other');
    const before = table.currentSnapshot()?.['snapshot-id'];
    table.load(metadataLocation);
    const applied = table.applied();
    this.trace.push(`commit ${key} by ${by}: applied ${applied}, snapshot ${String(table.currentSnapshot()?.['snapshot-id']).slice(-6)}`);
    const ledger = this.ledger(String(table.metadata!.properties['firn.contract']));
    // A lander may bring the schema of a rolled-back table up to date; a snapshot of ours on top of it goes on with it.
    if (isOurs && table.currentSnapshot() && table.currentSnapshot()!['snapshot-id'] !== before) {
      if (isRebuilt(ledger, table)) table.isDirty = false;
      holds(!table.isDirty, () => `rollback or recreation of ${key} silently continued by ${by}`);
      table.checkSchema();
      holds(applied <= ledger.n, () => `${key} has applied ${applied}, the ledger ends at ${ledger.n}`);
      table.ever = Math.max(table.ever, applied);
      if (table.currentSnapshot()!.summary['operation'] === 'replace') this.#rewritten(table);
    }
    if (!table.isDirty) await table.checkRows(ledger.expectedAt(key, Math.min(applied, ledger.n)));
  }

  /** A row that others deleted is gone for good once its file is rewritten: nothing says any more why, nor what it was. */
  #rewritten(table: TableGhost): void {
    if (table.removed.size === 0) return;
    table.hasForgotten = true;
    this.isEvidenceLost = true;
  }

  #onDelete({ uri, by }: Extract<WorldEvent, { kind: 'delete' }>): void {
    // A plan's name is the hash of what it says, sizes of files too: those differ with how they are compressed.
    this.trace.push(`delete ${uri.slice('s3://bucket/warehouse/'.length).replace(/maintain-[0-9a-f]{16}/, 'maintain-plan')} by ${by}`);
    for (const table of this.tables.values()) holds(!table.names.has(uri), () => `P3 live file deleted: ${uri} of ${table.table} by ${by}`);
    const holder = this.#holderOf(uri);
    if (holder !== undefined) {
      holds(by.startsWith('other'), () => `P3 a file of an unapplied entry or descriptor was deleted by ${by}: ${uri}`);
      this.table(holder).isHurt = true;
    }
    if (by.startsWith('other')) {
      this.stolen.add(uri);
      this.isEvidenceLost ||= uri.endsWith('.parquet');
    }
    const path = PROTOCOL.exec(uri);
    if (!path) return;
    const [, contract, folder, name] = path as unknown as [string, string, string, string];
    if (folder === 'staged') this.#descriptorGone(contract, { id: name.slice(0, -'.json'.length), by });
    if (folder === 'ledger') this.#entryGone(contract, Number(uri.slice(-29, -9)));
    if (folder === 'ledger' || folder === 'checkpoint') this.#checkReadable(contract, by);
  }

  /** The table that still needs a data file: named by an unapplied entry, or by a descriptor nobody has decided. */
  #holderOf(uri: string): string | undefined {
    const base = uri.slice(uri.lastIndexOf('/') + 1);
    const isIt = (path: string): boolean => path === uri || (uri.includes('/parked/') && path.endsWith(`/${base}`));
    for (const ledger of this.ledgers.values()) {
      for (const entry of ledger.entries.values()) {
        const tables = entry.kind === 'land' ? entry.descriptors.flatMap(({ tables }) => tables) : 'tables' in entry ? entry.tables : [];
        for (const { table, files } of tables) {
          if (entry.n > this.table(table).ever && files.some(({ path }) => isIt(path))) return table;
        }
      }
      for (const { descriptor, records } of this.#undecided(ledger.contract)) {
        if ([...records.values()].every(({ id }) => ledger.where.has(id))) continue;
        for (const { table, files } of descriptor.tables) if (files.some(({ path }) => isIt(path))) return table;
      }
    }
    return undefined;
  }

  #descriptorGone(contract: string, { id: descriptorId, by }: { readonly id: string; readonly by: string }): void {
    const ledger = this.ledger(contract);
    for (const [place, { id }] of this.descriptors.get(descriptorId)?.records ?? []) {
      const isSomewhere = ledger.where.has(id) || ledger.declared.has(place);
      holds(isSomewhere, () => `P1 a descriptor was deleted by ${by}, its record ${id} at ${place} is nowhere`);
    }
    const n = ledger.decided.get(descriptorId);
    for (const [table, need] of ledger.need) {
      const isApplied = n === undefined || !need.includes(n) || this.table(table).ever >= n;
      holds(isApplied, () => `P3 a descriptor was deleted by ${by} before ${table} applied entry ${n}`);
    }
  }

  #entryGone(contract: string, n: number): void {
    for (const [table, need] of this.ledger(contract).need) {
      if (need.includes(n) && this.table(table).ever < n) violated(`P3 entry ${n} was collected before ${table} applied it`);
    }
  }

  /** The newest checkpoint and the entries after it are the whole ledger. */
  #checkReadable(contract: string, by: string): void {
    const base = `s3://bucket/warehouse/_firn/${contract}`;
    const newest = this.#options.world.urisUnder(`${base}/checkpoint/`).at(-1);
    const from = newest ? Number(newest.slice(-29, -9)) : 0;
    for (let n = from + 1; n <= this.ledger(contract).n; n++) {
      const isThere = this.#options.world.objects.has(`${base}/ledger/${String(n).padStart(20, '0')}.json.zst`);
      holds(isThere, () => `P3 the ledger of ${contract} lost entry ${n} by ${by}`);
    }
  }
}

const PROTOCOL = /\/_firn\/([^/]+)\/(ledger|staged|checkpoint|parked)\/([^/]+)$/;

/** Has a plan rebuilt the table, and the table applied it? */
function isRebuilt(ledger: LedgerGhost, table: TableGhost): boolean {
  return [...ledger.entries.values()].some((entry) => {
    if (entry.kind !== 'unpark' || !entry.reset || !('table' in entry.target) || entry.target.table !== table.table) return false;
    return entry.tableUuid === table.metadata!['table-uuid'] && entry.n <= table.applied();
  });
}
