// Makes sure that every table of a contract, and its quarantine table, exists and has the columns the contract needs (DESIGN §5.1,
// §5.3, §5.5). Creation and additive evolution are commits like any other: one compare-and-swap, conflict → from fresh metadata,
// unknown → look again, refused → thrown. A table of the name that belongs to another contract, or to nobody, is never touched.
import type { CompiledContract } from '../contract/compiled.ts';
import { LIMITS } from '../contract/limits.ts';
import { PROPERTY, tableKey, tableLocation } from '../contract/names.ts';
import { quarantineTable } from '../contract/quarantine-table.ts';
import { CommitConflictError, CommitRefusedError, CommitStateUnknownError, ContractError, TransientIoError } from '../errors.ts';
import { prepareProperties } from '../iceberg/append.ts';
import { commitTable } from '../iceberg/commit-table.ts';
import { createTable } from '../iceberg/create-table.ts';
import { type Evolution, planEvolution } from '../iceberg/evolve.ts';
import { type FieldIds, parseFieldIds, remapStruct } from '../iceberg/field-ids.ts';
import { jitteredMs } from '../iceberg/jitter.ts';
import { identifierOf, type LoadedTable, loadTable } from '../iceberg/load-table.ts';
import { deleteLosers } from '../iceberg/losers.ts';
import { newTableMetadata } from '../iceberg/new-table.ts';
import { schemaHash, specHash } from '../iceberg/schema-hash.ts';
import type { TableMetadata } from '../iceberg/types.ts';
import type { TableState } from '../ledger/state.ts';
import type { Ports } from '../ports.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import { findOldMetadata } from './find-old-metadata.ts';
import { ensureLedgerId } from './ledger-id.ts';
import { loadLedger } from './load-ledger.ts';
import { targetOf } from './materialise-files.ts';
import { pause } from './pause.ts';
import { ledgerReference } from './table-identity.ts';
import type { EnsureTablesRequest, ResolvedContract, ResolvedTable, TablePlan } from './types.ts';

/**
 * The contract's tables, made or evolved. Cost per table that is up to date: one catalog request, one read. Whoever calls it may sleep
 * for days before its answer comes: past a landing's deadline it registers and swaps nothing more (rule "stager deadline").
 */
export async function ensureTables({ ports, contract }: EnsureTablesRequest): Promise<ResolvedContract> {
  const deadline = startDeadline(ports.clock, LIMITS.landDeadlineMs);
  const ledgerId = await ensureLedgerId(ports, contract.name);
  const ledger = ledgerReference(ports.root, { contractName: contract.name, ledgerId });
  const tables: ResolvedContract['tables'][number][] = [];
  // One quarantine for all: a record that no table takes, or that another table will take, has its place without asking which.
  const plan: TablePlan = { ...quarantineTable(contract.tables[0]!), kind: 'quarantine' };
  let quarantine: ResolvedTable | undefined;
  for (const table of contract.tables) {
    const main: TablePlan = { ...table, kind: 'main', struct: table.program.struct };
    tables.push({
      table,
      main: await ensureTable({ ports, contract, ledger, plan: main, deadline }),
      quarantine: (quarantine ??= await ensureTable({ ports, contract, ledger, plan, deadline })),
    });
  }
  return { contract, tables };
}

interface Ensuring {
  readonly ports: Ports;
  readonly contract: CompiledContract;
  /** Value of firn.ledger. */
  readonly ledger: string;
  readonly plan: TablePlan;
  readonly deadline: Deadline;
}

async function ensureTable(ensuring: Ensuring): Promise<ResolvedTable> {
  const { ports, plan } = ensuring;
  const key = tableKey(plan.identifier);
  for (let attempt = 1; attempt <= LIMITS.commitAttemptsMax; attempt++) {
    const loaded = await tryLoad(ensuring);
    if (loaded) {
      checkOwner(ensuring, loaded.metadata);
      const resolved = await evolve(ensuring, loaded);
      if (resolved) return resolved;
    } else await create(ensuring);
    if (attempt > 1) await pause(ports, jitteredMs(ports, { firstMs: LIMITS.conflictPauseMs, attempt }));
  }
  throw new CommitConflictError(`table ${key} could not be made ready in ${LIMITS.commitAttemptsMax} attempts; try again`, {
    code: 'table-not-ready',
    details: { table: key, attempts: LIMITS.commitAttemptsMax },
  });
}

/** The table; undefined when it does not exist. Its metadata may be moved on while it is read: that is one more attempt. */
async function tryLoad({ ports, plan }: Ensuring): Promise<LoadedTable | undefined> {
  try {
    return await loadTable(ports, plan.identifier);
  } catch (error) {
    if (error instanceof TransientIoError && error.code === 'metadata-missing') return loadTable(ports, plan.identifier);
    throw error;
  }
}

/** Writes version 0 and registers it. Whatever the outcome, the table is loaded again: another may have been faster. */
async function create(ensuring: Ensuring): Promise<void> {
  const { ports, contract, ledger, plan, deadline } = ensuring;
  await refuseLostCatalog(ensuring);
  await ports.catalog.ensureNamespace(plan.identifier.namespace);
  const { metadata } = newTableMetadata({
    uuid: ports.ids.uuid(),
    location: tableLocation(ports.root, plan.identifier),
    struct: plan.struct,
    partition: plan.partition,
    sort: plan.sort,
    formatVersion: plan.formatVersion,
    properties: {
      ...plan.properties,
      'write.metadata.delete-after-commit.enabled': 'true',
      'write.metadata.previous-versions-max': String(LIMITS.metadataPreviousVersionsMax),
      [PROPERTY.contract]: contract.name,
      [PROPERTY.ledger]: ledger,
      [PROPERTY.applied]: '0',
    },
    nowMs: ports.clock.nowMs(),
  });
  await createTable(ports, plan.identifier, metadata, deadline);
}

/**
 * All tables that the ledger has filled are gone from the catalog: it is the catalog that was lost, and empty tables of the same
 * names would be parked at once and stand in the way of its return. One dropped table among others is made again, so that landing
 * goes on; its commit finds another table and parks it alone (promise 4).
 */
async function refuseLostCatalog({ ports, contract, plan }: Ensuring): Promise<void> {
  const { state } = await loadLedger({ ports, contractName: contract.name });
  const key = tableKey(plan.identifier);
  const filled = [...state.tables.values()].filter(({ uuid }) => uuid !== undefined);
  if (!filled.some(({ table }) => table === key)) return;
  for (const { table } of filled) if (await ports.catalog.load(identifierOf(table))) return;
  if (await isPurged(ports, filled)) return;
  throw new CommitRefusedError(
    `table ${key} and every other table of ${contract.name} are gone from the catalog, but its ledger has filled them; restore the catalog, or register each table's last metadata file again; to begin anew use another warehouse`,
    { code: 'catalog-lost', details: { table: key, contract: contract.name } },
  );
}

/**
 * Nothing is left that could be registered again: the tables were dropped with their files, and a refusal would never end. Whoever
 * makes tables anew finds them parked, with a plan. A catalog that writes metadata itself may keep it elsewhere: that shows nothing.
 */
async function isPurged(ports: Ports, filled: readonly TableState[]): Promise<boolean> {
  if (ports.catalog.metadataWriter !== 'client') return false;
  for (const { table, uuid } of filled) if (await findOldMetadata(ports, table, uuid!)) return false;
  return true;
}

/** A table of ours carries the contract's name and ledger. */
function checkOwner({ contract, ledger, plan }: Ensuring, metadata: TableMetadata): void {
  const owner = metadata.properties[PROPERTY.contract];
  const key = tableKey(plan.identifier);
  const details = { table: key, contract: contract.name, expected: contract.name, ...(owner === undefined ? {} : { got: owner }) };
  if (owner === undefined) {
    throw new CommitRefusedError(
      `table ${key} exists and belongs to no contract; give the contract's table another name (firn.table), or drop the table`,
      { code: 'table-not-ours', details },
    );
  }
  if (owner !== contract.name) {
    throw new CommitRefusedError(
      `table ${key} belongs to contract ${owner}, expected ${contract.name}; one contract owns a table: give this one another name (firn.table)`,
      { code: 'table-not-ours', details },
    );
  }
  if (metadata.properties[PROPERTY.ledger] !== ledger) {
    throw new CommitRefusedError(
      `table ${key} was filled from another ledger than the one under this warehouse; restore that ledger from a copy or make it anew with firn recover plan --kind ledger`,
      { code: 'ledger-mismatch', details },
    );
  }
}

/** What the contract still asks of the table. */
function wantedOf({ plan }: Ensuring, metadata: TableMetadata): Evolution {
  const fieldIds = parseFieldIds(metadata.properties[PROPERTY.fieldIds]);
  return planEvolution(metadata, {
    struct: plan.struct,
    fieldIds,
    partition: plan.partition,
    sort: plan.sort,
    properties: plan.properties,
  });
}

/** The resolved table; undefined when another writer was faster and it must be looked at again. */
async function evolve(ensuring: Ensuring, { pointer, metadata }: LoadedTable): Promise<ResolvedTable | undefined> {
  const { ports, plan } = ensuring;
  const key = tableKey(plan.identifier);
  const evolution = wantedOf(ensuring, metadata);
  if (evolution.kind === 'refused') {
    throw new ContractError(`table ${key} cannot follow its contract: ${evolution.message}`, {
      code: 'evolution-refused',
      details: { table: key, contract: ensuring.contract.name, rule: evolution.rule },
    });
  }
  if (evolution.kind === 'none') return resolve(plan, metadata, evolution.fieldIds);
  const prepared = await prepareProperties({
    metadata: evolution.metadata,
    metadataLocation: pointer.metadataLocation,
    files: ports.files,
    ids: ports.ids,
    nowMs: ports.clock.nowMs(),
    metadataWriter: ports.catalog.metadataWriter,
    setProperties: {},
  });
  ensuring.deadline.check(`evolution of ${key}`);
  const outcome = await commitTable(ports.catalog, pointer, { ...prepared, base: metadata });
  switch (outcome.kind) {
    case 'committed':
      await deleteLosers(ports, { hasUnknown: false, losers: [...prepared.expiredMetadata] }, { what: 'evolution', table: key });
      return resolve(plan, prepared.metadata, evolution.fieldIds);
    case 'conflict':
      await deleteLosers(ports, { hasUnknown: false, losers: [...prepared.created] }, { what: 'evolution', table: key });
      return undefined;
    case 'refused':
      await deleteLosers(ports, { hasUnknown: false, losers: [...prepared.created] }, { what: 'evolution', table: key });
      throw new CommitRefusedError(`table ${key}: the catalog refused to evolve it; check the permission to update the table`, {
        code: 'evolution-not-allowed',
        details: { table: key },
        cause: outcome.cause,
      });
    case 'unknown': {
      const now = await loadTable(ports, plan.identifier);
      const left = now && now.metadata['table-uuid'] === metadata['table-uuid'] ? wantedOf(ensuring, now.metadata) : undefined;
      if (now && left?.kind === 'none') return resolve(plan, now.metadata, left.fieldIds);
      throw new CommitStateUnknownError(`table ${key}: nobody can tell whether it was evolved; nothing is deleted, try again`, {
        code: 'evolution-unknown',
        details: { table: key },
        cause: outcome.cause,
      });
    }
  }
}

function resolve(plan: TablePlan, metadata: TableMetadata, fieldIds: FieldIds): ResolvedTable {
  const target = targetOf(metadata);
  return {
    ...target,
    plan,
    key: tableKey(plan.identifier),
    uuid: metadata['table-uuid'],
    struct: remapStruct(plan.struct, fieldIds),
    schemaHash: schemaHash(target.schema),
    specHash: specHash(target.spec),
  };
}
