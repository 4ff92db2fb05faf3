// Names of data files that no table refers to yet and that are needed all the same: those of staged descriptors, of ledger entries that
// a table has not applied (parked ones too), of files a recovery wrote in place of lost ones, of plans that are open, of compactions
// under way. Whatever cannot be read may name any file: then nobody may delete one (promise 3). Names without folders: every writer's
// are unique, and a copy under `_firn/` keeps the name of its file.
import { LIMITS } from '../../contract/limits.ts';
import { contractPaths, PROPERTY } from '../../contract/names.ts';
import { InputRefusedError, TransientIoError } from '../../errors.ts';
import { identifierOf, loadTable } from '../../iceberg/load-table.ts';
import type { LedgerEntry } from '../../ledger/entries.ts';
import { parseJson } from '../../ledger/json-readers.ts';
import type { LedgerState, TableState } from '../../ledger/state.ts';
import type { Ports, Uri } from '../../ports.ts';
import { loadEntry, loadLedger } from '../load-ledger.ts';
import { listStaged, readStaged } from '../staged.ts';
import { parseApplied } from '../table-identity.ts';
import { whyLeftAlone } from './our-table.ts';
import { listReplacements, replacementReader } from './replacement.ts';
import { readStored } from './store-once.ts';
import { PLAN_KIND } from './stored-plan.ts';

interface Of {
  readonly ports: Ports;
  readonly contractName: string;
}

/** Last part of a path. */
export function nameOf(uri: Uri): string {
  return uri.slice(uri.lastIndexOf('/') + 1);
}

/** Paths of staged data files. Throws InputRefusedError where a descriptor cannot be read: its files are the only copy of its rows. */
export async function stagedPaths(of: Of, isSkipped: (id: string) => boolean = () => false): Promise<string[]> {
  const paths: string[] = [];
  for (const staged of await listStaged(of)) {
    if (isSkipped(staged.id)) continue;
    const read = await readStaged(of, staged);
    if (read.kind === 'poisoned') {
      throw new InputRefusedError(
        `a staged descriptor of ${of.contractName} cannot be read, so nobody knows which files it needs; nothing is swept`,
        {
          code: 'descriptor-poisoned',
          details: { contract: of.contractName, uri: staged.uri },
        },
      );
    }
    if (read.kind === 'read') paths.push(...read.descriptor.tables.flatMap(({ files }) => files.map(({ path }) => path)));
  }
  return paths;
}

/**
 * Paths of data files of entries that a table has not applied, by its own word where it is ours, else by the ledger's, which knows less.
 * Throws TransientIoError where such an entry is not there.
 */
export async function unappliedPaths(of: Of): Promise<string[]> {
  const ledger = await loadLedger(of);
  const paths: string[] = [];
  for (const table of ledger.state.tables.values()) {
    paths.push(...Object.values(table.instead).filter((path) => path !== ''));
    for (const n of await unappliedBy(of, ledger.state, table)) {
      const entry = await loadEntry(of, ledger, n);
      if (!entry) {
        throw new TransientIoError(`entry ${n} of ${of.contractName} is gone, which ${table.table} has still to apply; nothing is swept`, {
          code: 'entry-missing',
          details: { contract: of.contractName, table: table.table, entry: n },
        });
      }
      paths.push(...pathsOfEntry(entry));
    }
  }
  return paths;
}

/** A ledger that was only read does not know what has been applied since its checkpoint: the table does. */
async function unappliedBy(of: Of, state: LedgerState, table: TableState): Promise<readonly number[]> {
  const { pending } = table;
  const loaded = pending.length === 0 ? undefined : await loadTable(of.ports, identifierOf(table.table));
  if (!loaded) return pending;
  const { metadata } = loaded;
  if ((await whyLeftAlone({ ...of, table: table.table }, { state, metadata })) !== undefined) return pending;
  const applied = parseApplied(metadata.properties[PROPERTY.applied]) ?? 0;
  return pending.filter((n) => n > applied);
}

/** Paths that open plans and compactions under way name. */
export async function plannedPaths(of: Of): Promise<string[]> {
  const { ports, contractName } = of;
  const paths: string[] = [];
  for (const uri of await listReplacements(of)) {
    const replacement = await readStored(ports, { uri, reader: replacementReader });
    if (replacement) paths.push(...[...replacement.add, ...replacement.remove].map(({ path }) => path));
  }
  let plans = 0;
  for await (const { uri } of ports.files.list(contractPaths(ports.root, contractName).plans)) {
    // The files of a maintenance plan are live, or were: it keeps none from being swept.
    if (nameOf(uri).startsWith(`${PLAN_KIND}-`)) continue;
    if (++plans > LIMITS.sweepPlansMax) {
      throw new InputRefusedError(`${contractName} has more than ${LIMITS.sweepPlansMax} recovery plans; delete those that are done`, {
        code: 'plans-too-many',
        details: { contract: contractName },
      });
    }
    const bytes = await ports.files.read(uri);
    if (bytes) collectTexts(parseJson(bytes, 'plan'), paths);
  }
  return paths;
}

function pathsOfEntry(entry: LedgerEntry): string[] {
  const tables = entry.kind === 'land' ? entry.descriptors.flatMap((one) => one.tables) : 'tables' in entry ? entry.tables : [];
  const instead = entry.kind === 'unpark' ? Object.values(entry.instead).filter((path) => path !== '') : [];
  return [...tables.flatMap(({ files }) => files.map(({ path }) => path)), ...instead];
}

/** Every text that may be a path, whatever the kind of plan. */
function collectTexts(value: unknown, to: string[]): void {
  if (typeof value === 'string') {
    if (value.includes('/')) to.push(value);
  } else if (Array.isArray(value)) for (const item of value) collectTexts(item, to);
  else if (value !== null && typeof value === 'object') {
    for (const [key, member] of Object.entries(value)) {
      collectTexts(key, to);
      collectTexts(member, to);
    }
  }
}
