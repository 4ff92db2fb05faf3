// Contracts of several tables: routes compile, field ids never meet, and what could not work is refused by name.
import { describe, expect, it } from 'vitest';
import { compareContracts } from '../../../src/contract/compatibility.ts';
import type { FieldIdsFile } from '../../../src/contract/field-ids.ts';
import { loadContract } from '../../../src/contract/load-contract.ts';
import { custom } from './sample.ts';

interface ObjectParts {
  readonly name: string;
  readonly columns?: readonly string[];
  readonly firn?: Readonly<Record<string, unknown>>;
}

function load(objects: readonly ObjectParts[], ids?: FieldIdsFile) {
  const text = JSON.stringify({
    apiVersion: 'v3.1.0',
    kind: 'DataContract',
    id: 'urn:firn:test:many',
    version: '1.0.0',
    status: 'active',
    domain: 'test',
    schema: objects.map(({ name, columns = ['id'], firn = {} }) => ({
      name,
      properties: columns.map((column) => ({ name: column, logicalType: 'string' })),
      customProperties: custom(firn),
    })),
    customProperties: custom({ source: { topic: 'many' } }),
  });
  return loadContract(text, { file: 'schemas/test/many.odcs.json', ...(ids ? { ids } : {}) });
}
function loaded(objects: readonly ObjectParts[], ids?: FieldIdsFile) {
  const result = load(objects, ids);
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result;
}
const errors = (objects: readonly ObjectParts[]) => {
  const result = load(objects);
  return result.ok ? [] : result.findings.map(({ rule, message }) => `${rule}: ${message}`);
};

const A: ObjectParts = { name: 'a', firn: { route: "raw.kind == 'a'" } };
const B: ObjectParts = { name: 'b', columns: ['id', 'extra'], firn: { route: "kafka.partition == 1 || raw.kind == 'b'" } };

describe('a contract of several tables', () => {
  it('compiles every object in order, with its route and what happens to the rest', () => {
    const { contract, warnings } = loaded([A, { ...B, firn: { ...B.firn, unrouted: 'filter' } }]);
    expect(warnings).toEqual([]);
    expect(contract.tables.map(({ identifier }) => identifier.name)).toEqual(['a', 'b']);
    expect(contract.tables.map(({ route }) => route?.source)).toEqual([A.firn!['route'], B.firn!['route']]);
    expect(contract).toMatchObject({ name: 'test.many', unrouted: 'filter' });
  });

  it('gives no field id twice, and keeps them when objects change places or another joins', () => {
    const first = loaded([A, B]);
    const all = Object.values(first.ids.ids);
    expect(new Set(all).size).toBe(all.length);
    const again = loaded([B, A], first.ids);
    expect(again.ids.ids).toEqual(first.ids.ids);
    const more = loaded([A, { name: 'c', firn: { route: 'true' } }, B], first.ids);
    expect(more.ids.ids).toMatchObject(first.ids.ids);
    expect(more.idsChanged).toBe(true);
    expect(loaded([A, { name: 'c', firn: { route: 'true' } }, B], more.ids).idsChanged).toBe(false);
  });

  it('keeps the ids a contract had before it got a second object', () => {
    const single = loaded([{ name: 'a' }]);
    const both = loaded([A, B], single.ids);
    for (const [path, id] of Object.entries(single.ids.ids)) expect(both.ids.ids[`a/${path}`]).toBe(id);
    expect(both.idsChanged).toBe(true);
  });

  it.each([
    ['an object behind one without a route', [{ name: 'a' }, B], /route: it has no firn.route/],
    ['two objects of one name', [A, A], /schema: two schema objects are the table 'test.a'/],
    ['a route over a column', [{ name: 'a', firn: { route: 'id == "x"' } }, B], /cel: /],
    [
      'two words for the rest',
      [
        { ...A, firn: { ...A.firn, unrouted: 'filter' } },
        { ...B, firn: { ...B.firn, unrouted: 'quarantine' } },
      ],
      /said twice/,
    ],
  ] as const)('refuses %s', (_, objects, message) => {
    expect(errors(objects).join('\n')).toMatch(message);
  });

  it('tells that a table gets no more rows', () => {
    const [old, next] = [loaded([A, B]).contract, loaded([A]).contract];
    expect(compareContracts(old, next)).toMatchObject([{ rule: 'table-removed', verdict: 'breaking' }, {}]);
  });
});
