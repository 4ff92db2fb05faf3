// What every TableCatalog must do, as promises. Run against SQLite, memory and Glue; what a catalog cannot do it declares.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TableIdentifier } from '../../../src/contract/compiled.ts';
import type { CommitOutcome, PointerCatalog, TablePointer, Uri } from '../../../src/ports.ts';

export interface TableCatalogUnderTest {
  readonly catalog: PointerCatalog;
  /** A second handle on the same catalog, as another process would have. */
  readonly another?: PointerCatalog;
  /** A fresh metadata location whose file exists and is valid for this catalog. */
  readonly newMetadata: (identifier: TableIdentifier) => Promise<Uri>;
  /** Removes a table as another program would. */
  readonly drop?: (identifier: TableIdentifier) => Promise<void>;
  /** Commits from so many other processes at once, each on the base it loads itself, until `commits` of each are committed. */
  readonly raceInOtherProcesses?: (
    identifier: TableIdentifier,
    options: { readonly processes: number; readonly commits: number },
  ) => Promise<readonly CommittedStep[]>;
  readonly dispose?: () => Promise<void>;
}

/** A commit that was reported committed: from which metadata location to which. */
export interface CommittedStep {
  readonly from: Uri;
  readonly to: Uri;
}

export interface TableCatalogCapabilities {
  /** Says `refused` for a table that is gone; otherwise it may say `conflict`. */
  readonly tellsGone: boolean;
  /** Can drop tables in the test. */
  readonly drop: boolean;
  readonly processes: boolean;
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
      await subject.catalog.ensureNamespace(NAMESPACE);
    });
    afterAll(async () => subject.dispose?.());
    const given = () => ({
      ...subject,
      another: subject.another ?? subject.catalog,
      identifier: { namespace: NAMESPACE, name: `table_${tables++}` },
    });
    describeCreation(given);
    describeCommit(given);
    describeListing(given);
    if (capabilities.drop) describeGone(given, capabilities);
    else it('declares that the test cannot drop tables in it', () => expect(subject.drop).toBeUndefined());
    if (capabilities.processes) describeProcesses(given);
    else it('declares that only one process can reach it', () => expect(subject.raceInOtherProcesses).toBeUndefined());
  });
}

const NAMESPACE = 'conformance';

interface Given extends TableCatalogUnderTest {
  readonly another: PointerCatalog;
  readonly identifier: TableIdentifier;
}

async function createTable(given: Given): Promise<TablePointer> {
  expect(await given.catalog.create(given.identifier, await given.newMetadata(given.identifier))).toBe('created');
  return (await given.catalog.load(given.identifier))!;
}

function describeCreation(given: () => Given): void {
  it('a table that does not exist is undefined, also in a namespace that does not exist', async () => {
    const { catalog } = given();
    expect(await catalog.load({ namespace: NAMESPACE, name: 'never_made' })).toBeUndefined();
    expect(await catalog.load({ namespace: 'no_such_namespace', name: 't' })).toBeUndefined();
  });

  it('a created table is loaded with its first metadata by every handle', async () => {
    const subject = given();
    const location = await subject.newMetadata(subject.identifier);
    expect(await subject.catalog.create(subject.identifier, location)).toBe('created');
    for (const catalog of [subject.catalog, subject.another]) {
      const pointer = await catalog.load(subject.identifier);
      expect(pointer).toMatchObject({ identifier: subject.identifier, metadataLocation: location });
      expect(pointer?.version).not.toBe('');
    }
  });

  it('a table is created once, and the first metadata stays', async () => {
    const subject = given();
    const pointer = await createTable(subject);
    expect(await subject.another.create(subject.identifier, await subject.newMetadata(subject.identifier))).toBe('exists');
    expect(await subject.catalog.load(subject.identifier)).toEqual(pointer);
  });

  it('of ten creators at once exactly one makes the table', async () => {
    const subject = given();
    const locations = await Promise.all(Array.from({ length: 10 }, () => subject.newMetadata(subject.identifier)));
    const outcomes = await Promise.all(
      locations.map((location, i) => (i % 2 ? subject.catalog : subject.another).create(subject.identifier, location)),
    );
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'exists')).toHaveLength(9);
    expect((await subject.catalog.load(subject.identifier))?.metadataLocation).toBe(locations[outcomes.indexOf('created')]);
  });

  it('a namespace may be ensured twice and at once', async () => {
    const { catalog, another } = given();
    await Promise.all([catalog.ensureNamespace('twice'), another.ensureNamespace('twice'), catalog.ensureNamespace('twice')]);
    await catalog.ensureNamespace('twice');
    expect(await catalog.list('twice')).toEqual([]);
  });
}

function describeCommit(given: () => Given): void {
  it('a commit on the present base is there for the next load of every handle', async () => {
    const subject = given();
    let base = await createTable(subject);
    for (let round = 0; round < 3; round++) {
      const next = await subject.newMetadata(subject.identifier);
      expect(await subject.catalog.commit(base, next)).toEqual({ kind: 'committed' });
      const loaded = (await subject.another.load(subject.identifier))!;
      expect(loaded.metadataLocation).toBe(next);
      expect(loaded.version).not.toBe(base.version);
      base = loaded;
    }
  });

  it('a commit on a base that has moved is a conflict and changes nothing', async () => {
    const subject = given();
    const base = await createTable(subject);
    const winner = await subject.newMetadata(subject.identifier);
    expect((await subject.another.commit(base, winner)).kind).toBe('committed');
    expect(await subject.catalog.commit(base, await subject.newMetadata(subject.identifier))).toEqual({ kind: 'conflict' });
    expect((await subject.catalog.load(subject.identifier))?.metadataLocation).toBe(winner);
  });

  it('of twenty commits on one base exactly one is committed and the others are conflicts', async () => {
    const subject = given();
    let base = await createTable(subject);
    for (let round = 0; round < 3; round++) {
      const locations = await Promise.all(Array.from({ length: 20 }, () => subject.newMetadata(subject.identifier)));
      const outcomes: CommitOutcome[] = await Promise.all(
        locations.map((location, i) => (i % 2 ? subject.catalog : subject.another).commit(base, location)),
      );
      const kinds = outcomes.map((outcome) => outcome.kind);
      expect(kinds.filter((kind) => kind === 'committed')).toHaveLength(1);
      expect(kinds.filter((kind) => kind === 'conflict')).toHaveLength(19);
      base = (await subject.catalog.load(subject.identifier))!;
      expect(base.metadataLocation).toBe(locations[kinds.indexOf('committed')]);
    }
  });

  it('a table is not disturbed by commits to its neighbours', async () => {
    const [left, right] = [given(), given()];
    const [base, other] = [await createTable(left), await createTable(right)];
    expect((await left.catalog.commit(base, await left.newMetadata(left.identifier))).kind).toBe('committed');
    expect(await right.catalog.load(right.identifier)).toEqual(other);
  });
}

function describeListing(given: () => Given): void {
  it('a listing names the tables of one namespace or of all', async () => {
    const { catalog, newMetadata } = given();
    await catalog.ensureNamespace('listing_a');
    await catalog.ensureNamespace('listing_b');
    const made = [
      { namespace: 'listing_a', name: 'one' },
      { namespace: 'listing_a', name: 'two' },
      { namespace: 'listing_b', name: 'one' },
    ];
    for (const identifier of made) expect(await catalog.create(identifier, await newMetadata(identifier))).toBe('created');
    const key = (identifier: TableIdentifier) => `${identifier.namespace}.${identifier.name}`;
    expect((await catalog.list('listing_a')).map(key).sort()).toEqual(['listing_a.one', 'listing_a.two']);
    expect((await catalog.list()).map(key)).toEqual(expect.arrayContaining(made.map(key)));
    expect(await catalog.list('listing_none')).toEqual([]);
  });
}

function describeGone(given: () => Given, capabilities: TableCatalogCapabilities): void {
  it('a commit to a table that was dropped is not applied, and the table stays dropped', async () => {
    const subject = given();
    const base = await createTable(subject);
    await subject.drop!(subject.identifier);
    const outcome = await subject.catalog.commit(base, await subject.newMetadata(subject.identifier));
    expect(capabilities.tellsGone ? ['refused'] : ['refused', 'conflict']).toContain(outcome.kind);
    expect(await subject.catalog.load(subject.identifier)).toBeUndefined();
  });

  it('a commit on the base of a table that was dropped and made again is not applied', async () => {
    const subject = given();
    const base = await createTable(subject);
    await subject.drop!(subject.identifier);
    const anew = await createTable(subject);
    const outcome = await subject.catalog.commit(base, await subject.newMetadata(subject.identifier));
    expect(['conflict', 'refused']).toContain(outcome.kind);
    expect(await subject.catalog.load(subject.identifier)).toEqual(anew);
  });
}

function describeProcesses(given: () => Given): void {
  it('several processes that commit at once lose nothing to each other', async () => {
    const subject = given();
    const first = await createTable(subject);
    const chain = await subject.raceInOtherProcesses!(subject.identifier, { processes: 3, commits: 20 });
    expect(chain).toHaveLength(60);
    const successor = new Map(chain.map((step) => [step.from, step.to]));
    expect(successor.size).toBe(60);
    let at = first.metadataLocation;
    for (let i = 0; i < 60; i++) at = successor.get(at) ?? 'broken';
    expect(at).toBe((await subject.catalog.load(subject.identifier))?.metadataLocation);
  });
}
