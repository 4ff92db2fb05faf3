// What every TableCatalog must do, as promises, whoever writes its metadata files. Run against memory, SQLite, Glue and REST; what a
// catalog or its test cannot do is declared, not left out in silence.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TableIdentifier } from '../../../src/contract/compiled.ts';
import { APPLIED_TAG } from '../../../src/contract/names.ts';
import { withTag } from '../../../src/iceberg/commit-metadata.ts';
import type { LoadedTable } from '../../../src/iceberg/load-table.ts';
import { historyLine } from '../../support/iceberg/history.ts';
import { type CatalogPorts, changeOn, commitOn, commitUntilDone, look, snapshotOn, tryCreate } from '../support/tables.ts';

export interface TableCatalogUnderTest {
  readonly ports: CatalogPorts;
  /** A second handle on the same catalog, as another process would have. */
  readonly another?: CatalogPorts;
  /** Removes a table as another program would. */
  readonly drop?: (identifier: TableIdentifier) => Promise<void>;
  /** Commits from so many other processes at once; the ids of the snapshots each was told are committed. */
  readonly raceInOtherProcesses?: (
    identifier: TableIdentifier,
    options: { readonly processes: number; readonly commits: number },
  ) => Promise<readonly string[]>;
  /** The next commit that reaches the catalog is carried out, or is not, and nobody hears of it. */
  readonly loseNextCommit?: (when: 'before' | 'after') => void;
  readonly dispose?: () => Promise<void>;
}

export interface TableCatalogCapabilities {
  /** Says `refused` for a table that is gone; otherwise it may say `conflict`. */
  readonly tellsGone: boolean;
  /** Can drop tables in the test. */
  readonly drop: boolean;
  readonly processes: boolean;
  /** Replies can be lost in the test. */
  readonly faults: boolean;
}

/** Registers the suite; `make` is called once, before its tests. */
export function describeTableCatalog(
  name: string,
  make: () => Promise<TableCatalogUnderTest>,
  capabilities: TableCatalogCapabilities,
): void {
  describe(`table catalog: ${name}`, () => {
    let subject: TableCatalogUnderTest;
    let tables = 0;
    beforeAll(async () => {
      subject = await make();
      await subject.ports.catalog.ensureNamespace(NAMESPACE);
    });
    afterAll(async () => subject?.dispose?.());
    const given = () => ({
      ...subject,
      another: subject.another ?? subject.ports,
      identifier: { namespace: NAMESPACE, name: `table_${tables++}` },
    });
    describeCreation(given);
    describeCommit(given);
    describeContent(given);
    describeListing(given);
    if (capabilities.drop) describeGone(given, capabilities);
    else it('declares that the test cannot drop tables in it', () => expect(subject.drop).toBeUndefined());
    if (capabilities.processes) describeProcesses(given);
    else it('declares that only one process can reach it', () => expect(subject.raceInOtherProcesses).toBeUndefined());
    if (capabilities.faults) describeLostReplies(given);
    else it('declares that the test cannot lose replies', () => expect(subject.loseNextCommit).toBeUndefined());
  });
}

const NAMESPACE = 'conformance';

interface Given extends TableCatalogUnderTest {
  readonly another: CatalogPorts;
  readonly identifier: TableIdentifier;
}

async function makeTable({ ports, identifier }: Given): Promise<LoadedTable> {
  expect(await tryCreate(ports, identifier)).toBe('created');
  return look(ports, identifier);
}

function describeCreation(given: () => Given): void {
  it('a table that does not exist is undefined, also in a namespace that does not exist', async () => {
    const { ports } = given();
    expect(await ports.catalog.load({ namespace: NAMESPACE, name: 'never_made' })).toBeUndefined();
    expect(await ports.catalog.load({ namespace: 'no_such_namespace', name: 't' })).toBeUndefined();
  });

  it('a created table is loaded by every handle with columns, partitioning, order and properties', async () => {
    const subject = given();
    await makeTable(subject);
    for (const ports of [subject.ports, subject.another]) {
      const { pointer, metadata } = await look(ports, subject.identifier);
      expect(pointer.identifier).toEqual(subject.identifier);
      expect(pointer.version).not.toBe('');
      expect(metadata['format-version']).toBe(2);
      const [schema, spec, order] = [metadata.schemas[0]!, metadata['partition-specs'][0]!, metadata['sort-orders'][0]!];
      expect(schema.fields.map(({ name, type, required }) => [name, type, required])).toEqual([
        ['id', 'long', true],
        ['happened', 'timestamptz', false],
      ]);
      expect(spec.fields).toMatchObject([{ 'source-id': schema.fields[1]!.id, name: 'happened_day', transform: 'day' }]);
      expect(order.fields).toMatchObject([{ 'source-id': schema.fields[0]!.id, direction: 'asc', 'null-order': 'nulls-first' }]);
      expect(metadata.properties).toMatchObject({ asker: 'first' });
      expect(metadata.snapshots).toEqual([]);
    }
  });

  it('a table is created once, and the first stays', async () => {
    const subject = given();
    const { pointer, metadata } = await makeTable(subject);
    expect(await tryCreate(subject.another, subject.identifier, 'second')).toBe('exists');
    const now = await look(subject.ports, subject.identifier);
    expect(now.pointer.version).toBe(pointer.version);
    expect(now.metadata).toEqual(metadata);
  });

  it('of ten creators at once exactly one makes the table', async () => {
    const subject = given();
    const askers = Array.from({ length: 10 }, (_, i) => `asker-${i}`);
    const outcomes = await Promise.all(
      askers.map((asker, i) => tryCreate(i % 2 ? subject.ports : subject.another, subject.identifier, asker)),
    );
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'exists')).toHaveLength(9);
    const { metadata } = await look(subject.ports, subject.identifier);
    expect(metadata.properties['asker']).toBe(askers[outcomes.indexOf('created')]);
  });

  it('a namespace may be ensured twice and at once', async () => {
    const { ports, another } = given();
    const ensure = (catalog: CatalogPorts['catalog']) => catalog.ensureNamespace('twice');
    await Promise.all([ensure(ports.catalog), ensure(another.catalog), ensure(ports.catalog)]);
    await ensure(ports.catalog);
    expect(await ports.catalog.list('twice')).toEqual([]);
  });
}

function describeCommit(given: () => Given): void {
  it('a commit on the present base is there for the next load of every handle', async () => {
    const subject = given();
    let base = await makeTable(subject);
    for (let round = 0; round < 3; round++) {
      const prepared = await snapshotOn(subject.ports, base);
      expect(await commitOn(subject.ports, base, prepared)).toEqual({ kind: 'committed' });
      const now = await look(subject.another, subject.identifier);
      expect(now.metadata['current-snapshot-id']).toBe(prepared.snapshotId);
      expect(now.pointer.version).not.toBe(base.pointer.version);
      expect(now.pointer.metadataLocation).not.toBe(base.pointer.metadataLocation);
      base = now;
    }
  });

  it('a commit on a base that has moved is a conflict and changes nothing', async () => {
    const subject = given();
    const base = await makeTable(subject);
    const winner = await snapshotOn(subject.another, base);
    expect((await commitOn(subject.another, base, winner)).kind).toBe('committed');
    expect(await commitOn(subject.ports, base, await snapshotOn(subject.ports, base))).toEqual({ kind: 'conflict' });
    const { metadata } = await look(subject.ports, subject.identifier);
    expect(metadata.snapshots.map((snapshot) => snapshot['snapshot-id'])).toEqual([winner.snapshotId]);
  });

  it('of twenty commits on one base exactly one is committed and the others are conflicts', async () => {
    const subject = given();
    let base = await makeTable(subject);
    for (let round = 0; round < 2; round++) {
      const prepared = await Promise.all(Array.from({ length: 20 }, () => snapshotOn(subject.ports, base)));
      const outcomes = await Promise.all(prepared.map((commit, i) => commitOn(i % 2 ? subject.ports : subject.another, base, commit)));
      const kinds = outcomes.map((outcome) => outcome.kind);
      expect(kinds.filter((kind) => kind === 'committed')).toHaveLength(1);
      expect(kinds.filter((kind) => kind === 'conflict')).toHaveLength(19);
      base = await look(subject.ports, subject.identifier);
      expect(base.metadata['current-snapshot-id']).toBe(prepared[kinds.indexOf('committed')]!.snapshotId);
    }
  });

  it('a table is not disturbed by commits to its neighbours', async () => {
    const [left, right] = [given(), given()];
    const [base, other] = [await makeTable(left), await makeTable(right)];
    expect((await commitOn(left.ports, base, await snapshotOn(left.ports, base))).kind).toBe('committed');
    expect(await look(right.ports, right.identifier)).toEqual(other);
  });
}

function describeContent(given: () => Given): void {
  it('properties of several writers stay, also when they are set at once', async () => {
    const subject = given();
    await makeTable(subject);
    const names = Array.from({ length: 6 }, (_, i) => `writer-${i}`);
    await Promise.all(
      names.map((name, i) => {
        const ports = i % 2 ? subject.ports : subject.another;
        return commitUntilDone(ports, subject.identifier, (base) =>
          changeOn(ports, base, (metadata) => ({ ...metadata, properties: { ...metadata.properties, [name]: 'here' } })),
        );
      }),
    );
    const { metadata } = await look(subject.ports, subject.identifier);
    expect(metadata.properties).toMatchObject({ asker: 'first', ...Object.fromEntries(names.map((name) => [name, 'here'])) });
  });

  it('a property is removed by name and no other goes with it', async () => {
    const subject = given();
    await makeTable(subject);
    const set = (properties: Record<string, string>) =>
      commitUntilDone(subject.ports, subject.identifier, (base) =>
        changeOn(subject.ports, base, (metadata) => ({ ...metadata, properties })),
      );
    const { metadata: before } = await look(subject.ports, subject.identifier);
    await set({ ...before.properties, one: '1', two: '2' });
    const { one: _one, ...left } = (await look(subject.ports, subject.identifier)).metadata.properties;
    await set(left);
    expect((await look(subject.another, subject.identifier)).metadata.properties).toEqual({ ...before.properties, two: '2' });
  });

  it('branches and tags are made, moved and removed, and those of others stay', async () => {
    const subject = given();
    const { ports, identifier } = subject;
    await makeTable(subject);
    const first = (await commitUntilDone(ports, identifier, (base) => snapshotOn(ports, base))).snapshotId!;
    const retention = { 'max-ref-age-ms': 86_400_000 };
    await commitUntilDone(subject.another, identifier, (base) =>
      changeOn(subject.another, base, (metadata) => ({
        ...metadata,
        refs: {
          ...metadata.refs,
          audit: { 'snapshot-id': first, type: 'branch', 'min-snapshots-to-keep': 3 },
          kept: { 'snapshot-id': first, type: 'tag', ...retention },
        },
      })),
    );
    const second = await commitUntilDone(ports, identifier, async (base) => {
      const prepared = await snapshotOn(ports, base);
      return {
        ...(await changeOn(ports, base, () => withTag(prepared.metadata, { name: APPLIED_TAG, snapshotId: prepared.snapshotId! }))),
        snapshotId: prepared.snapshotId,
      };
    });
    const { metadata } = await look(subject.another, identifier);
    expect(metadata.refs).toEqual({
      main: { 'snapshot-id': second.snapshotId, type: 'branch' },
      [APPLIED_TAG]: { 'snapshot-id': second.snapshotId, type: 'tag' },
      audit: { 'snapshot-id': first, type: 'branch', 'min-snapshots-to-keep': 3 },
      kept: { 'snapshot-id': first, type: 'tag', ...retention },
    });
    await commitUntilDone(ports, identifier, (base) =>
      changeOn(ports, base, ({ refs, ...rest }) => {
        const { audit: _audit, ...others } = refs!;
        return { ...rest, refs: others } as LoadedTable['metadata'];
      }),
    );
    expect(Object.keys((await look(ports, identifier)).metadata.refs!).sort()).toEqual([APPLIED_TAG, 'kept', 'main']);
  });

  it('a moved tag of applied entries is a conflict, though main has not moved', async () => {
    const subject = given();
    const { ports, another, identifier } = subject;
    await makeTable(subject);
    const { snapshotId } = await commitUntilDone(ports, identifier, (base) => snapshotOn(ports, base));
    const base = await look(ports, identifier);
    await commitUntilDone(another, identifier, (now) =>
      changeOn(another, now, (metadata) => withTag(metadata, { name: APPLIED_TAG, snapshotId: snapshotId! })),
    );
    expect(await commitOn(ports, base, await snapshotOn(ports, base))).toEqual({ kind: 'conflict' });
  });

  it('a column added by one writer is there for all, with the ids it was given', async () => {
    const subject = given();
    const { ports, another, identifier } = subject;
    const { metadata: before } = await makeTable(subject);
    const lastId = before['last-column-id'] + 1;
    const field = { id: lastId, name: 'added', required: false, type: 'string' } as const;
    await commitUntilDone(another, identifier, (base) =>
      changeOn(another, base, (metadata) => ({
        ...metadata,
        schemas: [...metadata.schemas, { ...metadata.schemas[0]!, 'schema-id': 1, fields: [...metadata.schemas[0]!.fields, field] }],
        'current-schema-id': 1,
        'last-column-id': lastId,
      })),
    );
    const { metadata } = await look(ports, identifier);
    expect(metadata['current-schema-id']).toBe(1);
    expect(metadata['last-column-id']).toBe(lastId);
    expect(metadata.schemas.map((schema) => schema.fields.length)).toEqual([2, 3]);
    expect(metadata.schemas[1]!.fields[2]).toMatchObject(field);
  });

  it('a commit prepared before another writer changed the schema is a conflict', async () => {
    const subject = given();
    const { ports, another, identifier } = subject;
    const base = await makeTable(subject);
    await commitUntilDone(another, identifier, (now) =>
      changeOn(another, now, (metadata) => ({
        ...metadata,
        schemas: [
          ...metadata.schemas,
          {
            ...metadata.schemas[0]!,
            'schema-id': 1,
            fields: metadata.schemas[0]!.fields.slice(0, 2).map((one) => ({ ...one, doc: 'new' })),
          },
        ],
        'current-schema-id': 1,
      })),
    );
    expect(await commitOn(ports, base, await snapshotOn(ports, base))).toEqual({ kind: 'conflict' });
  });
}

function describeListing(given: () => Given): void {
  it('a listing names the tables of one namespace or of all', async () => {
    const { ports } = given();
    const { catalog } = ports;
    await catalog.ensureNamespace('listing_a');
    await catalog.ensureNamespace('listing_b');
    const made = [
      ...['five', 'four', 'one', 'three', 'two'].map((name) => ({ namespace: 'listing_a', name })),
      { namespace: 'listing_b', name: 'one' },
    ];
    for (const identifier of made) expect(await tryCreate(ports, identifier)).toBe('created');
    const key = (identifier: TableIdentifier) => `${identifier.namespace}.${identifier.name}`;
    expect((await catalog.list('listing_a')).map(key).sort()).toEqual(made.slice(0, 5).map(key));
    expect((await catalog.list()).map(key)).toEqual(expect.arrayContaining(made.map(key)));
    expect(await catalog.list('listing_none')).toEqual([]);
  });
}

function describeGone(given: () => Given, capabilities: TableCatalogCapabilities): void {
  it('a commit to a table that was dropped is not applied, and the table stays dropped', async () => {
    const subject = given();
    const base = await makeTable(subject);
    const prepared = await snapshotOn(subject.ports, base);
    await subject.drop!(subject.identifier);
    const outcome = await commitOn(subject.ports, base, prepared);
    expect(capabilities.tellsGone ? ['refused'] : ['refused', 'conflict']).toContain(outcome.kind);
    expect(await subject.ports.catalog.load(subject.identifier)).toBeUndefined();
  });

  it('a commit on the base of a table that was dropped and made again is not applied', async () => {
    const subject = given();
    const base = await makeTable(subject);
    const prepared = await snapshotOn(subject.ports, base);
    await subject.drop!(subject.identifier);
    const anew = await makeTable(subject);
    const outcome = await commitOn(subject.ports, base, prepared);
    expect(['conflict', 'refused']).toContain(outcome.kind);
    expect(await look(subject.ports, subject.identifier)).toEqual(anew);
  });
}

function describeProcesses(given: () => Given): void {
  it('several processes that commit at once lose nothing to each other, and the history is one line', async () => {
    const subject = given();
    await makeTable(subject);
    const [processes, commits] = [3, 10];
    const told = await subject.raceInOtherProcesses!(subject.identifier, { processes, commits });
    const { metadata } = await look(subject.ports, subject.identifier);
    expectOneLine(metadata, told);
    for (let index = 0; index < processes; index++) {
      for (let commit = 0; commit < commits; commit++) expect(metadata.properties[`by-${index}-${commit}`]).toBe('yes');
    }
  });
}

/** From the current snapshot back to the first: exactly those that were told committed, numbered without a gap. */
export function expectOneLine(metadata: LoadedTable['metadata'], told: readonly string[]): void {
  const { ids: line, sequenceNumbers: numbers } = historyLine(metadata);
  expect(new Set(line)).toEqual(new Set(told));
  expect(line).toHaveLength(told.length);
  expect(numbers).toEqual(told.map((_, i) => i + 1));
  expect(metadata['last-sequence-number']).toBe(told.length);
}

function describeLostReplies(given: () => Given): void {
  it.each(['before', 'after'] as const)(
    'a commit whose reply is lost %s it is carried out is unknown, and the next load tells',
    async (when) => {
      const subject = given();
      const base = await makeTable(subject);
      const prepared = await snapshotOn(subject.ports, base);
      subject.loseNextCommit!(when);
      expect((await commitOn(subject.ports, base, prepared)).kind).toBe('unknown');
      const { metadata } = await look(subject.ports, subject.identifier);
      expect(metadata['current-snapshot-id'] ?? undefined).toBe(when === 'after' ? prepared.snapshotId : undefined);
    },
  );
}
