import { describe, expect, it } from 'vitest';
import { assignFieldIds, type FieldIdsFile, formatFieldIds, parseFieldIds } from '../../../src/contract/field-ids.ts';
import { errorsOf, loadSample } from './sample.ts';

const a = { name: 'a', logicalType: 'string' };
const b = {
  name: 'b',
  logicalType: 'object',
  properties: [
    { name: 'c', logicalType: 'string' },
    { name: 'd', logicalType: 'array', items: { logicalType: 'string' } },
  ],
};
const m = { name: 'm', logicalType: 'object', physicalType: 'map<string,long>' };

function idsOf(properties: readonly unknown[], ids?: FieldIdsFile): FieldIdsFile & { readonly changed: boolean } {
  const result = loadSample({ properties, ...(ids ? { ids } : {}) });
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return { ...result.ids, changed: result.idsChanged };
}

describe('field ids', () => {
  it('are given level by level, elements, keys and values included', () => {
    const { ids, lastId, changed } = idsOf([a, b, m]);
    expect(changed).toBe(true);
    expect(Object.keys(ids).slice(0, 3)).toEqual(['a', 'b', 'm']);
    expect(Object.values(ids)).toEqual(Array.from({ length: lastId }, (_, i) => i + 1));
    expect(Object.keys(ids)).toEqual(expect.arrayContaining(['b.c', 'b.d', 'b.d.element', 'm.key', 'm.value', 'source_id', 'undeclared']));
  });

  it('do not change when columns are reordered', () => {
    const first = idsOf([a, b, m]);
    const second = idsOf([m, a, { ...b, properties: [...b.properties].reverse() }], first);
    expect(second.ids).toEqual(first.ids);
    expect(second.changed).toBe(false);
  });

  it('of a removed column are never given again, not even to a column of its name', () => {
    const first = idsOf([a, b]);
    const without = idsOf([b], first);
    expect(without.removed).toEqual([{ path: 'a', id: first.ids['a'] }]);
    expect(without.lastId).toBe(first.lastId);
    const again = idsOf([a, b], without);
    expect(again.ids['a']).toBe(first.lastId + 1);
    expect(again.removed).toEqual(without.removed);
  });

  it('a new column follows the last id ever given', () => {
    const first = idsOf([a]);
    const second = idsOf([a, m], first);
    expect(second.ids['m']).toBe(first.lastId + 1);
    expect(second.lastId).toBe(first.lastId + 3);
    expect(second.changed).toBe(true);
  });

  it('are written one path a line and read back', () => {
    const { changed: _, ...first } = idsOf([a, b]);
    const parsed = parseFieldIds(formatFieldIds(first), 'x.ids.json');
    expect(parsed).toEqual({ ok: true, ids: first });
  });

  it.each([
    ['', 'expected JSON'],
    ['[]', 'expected {"version": 1'],
    ['{"version": 2}', 'expected {"version": 1'],
    ['{"version": 1, "lastId": -1, "ids": {}}', 'expected lastId'],
    ['{"version": 1, "lastId": 1, "ids": []}', 'expected ids as a map'],
    ['{"version": 1, "lastId": 1, "ids": {"a": "1"}}', 'expected every id as a number'],
    ['{"version": 1, "lastId": 1, "ids": {"a": 1}, "removed": [1]}', 'expected removed'],
    ['{"version": 1, "lastId": 1, "ids": {"a": 2}}', 'above lastId 1'],
    ['{"version": 1, "lastId": 2, "ids": {"a": 1, "b": 1}}', "belongs to both 'a' and 'b'"],
    ['{"version": 1, "lastId": 2, "ids": {"a": 1}, "removed": [{"path": "b", "id": 1}]}', 'belongs to both'],
    ['{"version": 1, "lastId": 2, "ids": {"a": 0}}', 'no positive integer'],
  ])('a file that is no ids file is refused: %s', (text, message) => {
    const parsed = parseFieldIds(text, 'x.ids.json');
    expect(parsed.ok ? '' : parsed.findings[0]!.message).toContain(message);
  });

  it('what runs never invents ids', () => {
    const first = assignFieldIds({ type: 'struct', fields: [{ id: 0, name: 'a', required: false, type: 'string' }] }, undefined);
    expect(first.added).toEqual(['a']);
    const broken: FieldIdsFile = { version: 1, lastId: 1, ids: { a: 1, b: 1 }, removed: [] };
    expect(loadSample({ properties: [a], ids: broken })).toMatchObject({ ok: false, findings: [{ rule: 'field-ids' }] });
    expect(errorsOf({ properties: [a], ids: broken })[0]).toContain('belongs to both');
  });
});
