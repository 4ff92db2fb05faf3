// The Iceberg tables of one Glue database or of all, page by page; of one warehouse, if so asked.
import { GetDatabasesCommand, GetTablesCommand, type GlueClient, type Table } from '@aws-sdk/client-glue';
import type { TableIdentifier } from '../contract/compiled.ts';
import type { Uri } from '../ports.ts';
import { failureOf, transientIo } from './errors.ts';
import { GLUE_PARAMETER, isIcebergTable } from './glue-table-input.ts';
import { type RetryTools, retryIdempotent } from './retry.ts';

interface Context {
  readonly client: GlueClient;
  readonly retry: RetryTools;
  readonly listedUnder?: Uri;
}

/** One request per 100 tables; a namespace that does not exist has none. Sorted by namespace and name. */
export async function listIcebergTables(context: Context, namespace: string | undefined): Promise<readonly TableIdentifier[]> {
  const namespaces = namespace === undefined ? await listDatabases(context) : [namespace];
  const found: TableIdentifier[] = [];
  for (const name of namespaces) found.push(...(await listTables(context, name)));
  return found.sort((a, b) => compareText(a.namespace, b.namespace) || compareText(a.name, b.name));
}

async function listDatabases(context: Context): Promise<string[]> {
  const names: string[] = [];
  let token: string | undefined;
  try {
    do {
      const command = new GetDatabasesCommand(token === undefined ? {} : { NextToken: token });
      const page = await retryIdempotent(context.retry, (abortSignal) => context.client.send(command, { abortSignal }));
      for (const database of page.DatabaseList ?? []) if (database.Name !== undefined) names.push(database.Name);
      token = page.NextToken || undefined;
    } while (token !== undefined);
  } catch (error) {
    throw transientIo('list of the namespaces', error, {});
  }
  return names;
}

async function listTables(context: Context, namespace: string): Promise<TableIdentifier[]> {
  const found: TableIdentifier[] = [];
  let token: string | undefined;
  try {
    do {
      const command = new GetTablesCommand({ DatabaseName: namespace, ...(token === undefined ? {} : { NextToken: token }) });
      const page = await retryIdempotent(context.retry, (abortSignal) => context.client.send(command, { abortSignal }));
      for (const table of page.TableList ?? []) {
        if (table.Name !== undefined && isIcebergTable(table) && isUnder(table, context.listedUnder))
          found.push({ namespace, name: table.Name });
      }
      token = page.NextToken || undefined;
    } while (token !== undefined);
  } catch (error) {
    if (failureOf(error).kind === 'missing') return [];
    throw transientIo('list of the tables', error, { table: namespace });
  }
  return found;
}

function isUnder(table: Table, root: Uri | undefined): boolean {
  return root === undefined || (table.Parameters?.[GLUE_PARAMETER.metadataLocation] ?? '').startsWith(`${root}/`);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
