// Namespaces and tables of a REST catalog, page by page, within bounds. A namespace of several levels is written with dots here, as in
// the other catalogs, and with the catalog's separator (0x1F by default) in addresses. Source: REST catalog specification, "namespace",
// "pageToken".
import type { TableIdentifier } from '../contract/compiled.ts';
import { LIMITS } from '../contract/limits.ts';
import { TransientIoError } from '../errors.ts';
import { bodyOf, failure, isMissing, isSuccess } from './answers.ts';
import type { ClientRequest, RestClient } from './client.ts';

/** Tables of every namespace. */
export async function listAllTables(client: RestClient): Promise<TableIdentifier[]> {
  const tables: TableIdentifier[] = [];
  for (const namespace of await listNamespaces(client, undefined, 1)) tables.push(...(await listTables(client, namespace)));
  return tables;
}

/** Tables of one namespace; none where it does not exist. */
export async function listTables(client: RestClient, namespace: string): Promise<TableIdentifier[]> {
  const path = `${await namespacePath(client, namespace)}/tables`;
  const found = await listPages(client, { request: { method: 'GET', path }, member: 'identifiers' });
  const names = found.map((identifier) => (identifier as { readonly name?: unknown }).name);
  return names.filter((name) => typeof name === 'string').map((name) => ({ namespace, name }));
}

/** `namespaces/<levels in one segment>`. */
export async function namespacePath(client: RestClient, namespace: string): Promise<string> {
  const { namespaceSeparator } = await client.session();
  return `namespaces/${encodeURIComponent(namespaceLevels(namespace).join(namespaceSeparator))}`;
}

export function namespaceLevels(namespace: string): string[] {
  return namespace.split('.');
}

async function listNamespaces(client: RestClient, parent: string | undefined, depth: number): Promise<string[]> {
  if (depth > LIMITS.restNamespaceDepthMax) return [];
  const { namespaceSeparator } = await client.session();
  const query: Record<string, string> = parent === undefined ? {} : { parent: namespaceLevels(parent).join(namespaceSeparator) };
  const found = await listPages(client, { request: { method: 'GET', path: 'namespaces', query }, member: 'namespaces' });
  const names: string[] = [];
  for (const levels of found) {
    if (!Array.isArray(levels) || levels.length !== depth) continue;
    const name = levels.join('.');
    names.push(name, ...(await listNamespaces(client, name, depth + 1)));
  }
  return names;
}

/** All pages' entries; none for what does not exist. */
async function listPages(client: RestClient, listing: { readonly request: ClientRequest; readonly member: string }): Promise<unknown[]> {
  const { request, member } = listing;
  const entries: unknown[] = [];
  let pageToken = '';
  for (let page = 0; page < LIMITS.restPagesMax; page++) {
    // An empty token asks for pages at all; catalogs without them leave it unread.
    const answer = await client.repeat({ ...request, query: { ...request.query, pageToken, pageSize: String(LIMITS.restPageSize) } });
    if (isMissing(answer)) return [];
    const body = isSuccess(answer) ? bodyOf(answer) : undefined;
    if (body === undefined) throw failure('listing', answer, {});
    if (Array.isArray(body[member])) entries.push(...(body[member] as unknown[]));
    const next = body['next-page-token'];
    if (typeof next !== 'string' || next === '') return entries;
    pageToken = next;
  }
  throw new TransientIoError(`listing the REST catalog did not end within ${LIMITS.restPagesMax} pages; ask for one namespace`, {
    code: 'rest-pages',
  });
}
