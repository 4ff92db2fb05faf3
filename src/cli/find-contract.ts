// Which contracts a warehouse holds tables of, and which one a person means by a name.
import { PROPERTY, tableKey } from '../contract/names.ts';
import { FirnError } from '../errors.ts';
import type { Ports } from '../ports.ts';
import { UsageError } from './command.ts';
import { suggestion } from './suggest.ts';
import { loadMetadata } from './warehouse.ts';

/** Table → contract, of all tables that have one; what cannot be read is named in `faults`. */
export async function contractsOf(ports: Ports, faults: Set<string>): Promise<ReadonlyMap<string, string>> {
  const contracts = new Map<string, string>();
  for (const identifier of await ports.catalog.list()) {
    try {
      const pointer = await ports.catalog.load(identifier);
      const name = pointer && (await loadMetadata(ports, pointer)).properties[PROPERTY.contract];
      if (name !== undefined) contracts.set(tableKey(identifier), name);
    } catch (error) {
      faults.add(faultText(tableKey(identifier), error));
    }
  }
  return contracts;
}

/** The contract that a table's or a contract's name means. Throws UsageError with what there is. */
export function contractOf(contracts: ReadonlyMap<string, string>, name: string): string {
  const byTable = [...contracts].filter(([table]) => table === name || table.endsWith(`.${name}`)).map(([, contract]) => contract);
  const found = new Set(
    byTable.length > 0 ? byTable : [...contracts.values()].filter((contract) => contract === name || contract.endsWith(`.${name}`)),
  );
  if (found.size === 1) return [...found][0]!;
  const known = [...new Set([...contracts.keys(), ...contracts.values()])];
  if (found.size > 1) throw new UsageError(`several contracts are meant by ${name}: ${[...found].join(', ')}`, 'give its full name');
  throw new UsageError(`no table or contract of Firn is called ${name}${suggestion(name, known)}`, 'firn tables');
}

/** One that cannot be read does not keep the others from it. */
export function faultText(what: string, error: unknown): string {
  if (!(error instanceof FirnError)) throw error;
  return error.message.includes(what) ? error.message : `${what}: ${error.message}`;
}
