// A contract against the tables that are there: whether the next landing may use them, and what it would add to them.
import type { CompiledContract, TableIdentifier } from '../contract/compiled.ts';
import type { Finding } from '../contract/findings.ts';
import { PROPERTY, tableKey } from '../contract/names.ts';
import type { StructType } from '../contract/types.ts';
import { FirnError } from '../errors.ts';
import { planEvolution } from '../iceberg/evolve.ts';
import { parseFieldIds } from '../iceberg/field-ids.ts';
import type { Ports } from '../ports.ts';
import { currentSchema } from './query-view.ts';
import { loadMetadata } from './warehouse.ts';

export interface Deployed {
  readonly table: string;
  readonly state: 'same' | 'evolves' | 'refused';
  readonly message: string;
  readonly finding?: Finding;
}

/** One answer for each table that exists. Reads only. */
export async function compareWithDeployed(ports: Ports, contract: CompiledContract): Promise<readonly Deployed[]> {
  const answers: Deployed[] = [];
  for (const table of contract.tables) {
    const pointer = await ports.catalog.load(table.identifier);
    if (pointer === undefined) continue;
    const metadata = await loadMetadata(ports, pointer);
    const owner = metadata.properties[PROPERTY.contract];
    if (owner !== contract.name) {
      const message = owner === undefined ? 'exists and belongs to no contract' : `belongs to the contract ${owner}`;
      answers.push(refused(contract, table.identifier, { message, remedy: 'give the table another name in firn.table' }));
      continue;
    }
    answers.push(
      planned(
        contract,
        table.identifier,
        () =>
          planEvolution(metadata, {
            struct: table.program.struct,
            fieldIds: parseFieldIds(metadata.properties[PROPERTY.fieldIds]),
            partition: table.partition,
            sort: table.sort,
          }),
        currentSchema(metadata),
      ),
    );
  }
  return answers;
}

function planned(
  contract: CompiledContract,
  identifier: TableIdentifier,
  plan: () => ReturnType<typeof planEvolution>,
  schema: StructType,
): Deployed {
  const table = tableKey(identifier);
  try {
    const evolution = plan();
    switch (evolution.kind) {
      case 'none':
        return { table, state: 'same', message: 'deployed, nothing to change' };
      case 'evolve':
        return { table, state: 'evolves', message: evolvesText(schema, currentSchema(evolution.metadata)) };
      case 'refused':
        return refused(contract, identifier, {
          message: `cannot follow the contract: ${evolution.message}`,
          remedy: 'make the change compatible, or land into a table of another name',
        });
    }
  } catch (error) {
    if (!(error instanceof FirnError)) throw error;
    return refused(contract, identifier, { message: `cannot follow the contract: ${error.message}`, remedy: 'mend the contract' });
  }
}

function evolvesText(before: StructType, after: StructType): string {
  const known = new Set(before.fields.map((field) => field.id));
  const added = after.fields.filter((field) => !known.has(field.id)).map((field) => field.name);
  return `deployed, the next landing ${added.length > 0 ? `adds ${added.join(', ')}` : 'changes types, partitioning or order'}`;
}

function refused(
  contract: CompiledContract,
  identifier: TableIdentifier,
  given: { readonly message: string; readonly remedy: string },
): Deployed {
  const table = tableKey(identifier);
  const message = `the deployed table ${table} ${given.message}`;
  return {
    table,
    state: 'refused',
    message,
    finding: { severity: 'error', file: contract.file, line: 1, column: 1, rule: 'deployed', path: '', message, remedy: given.remedy },
  };
}
