// What a REST catalog does with a commit, by the specification: checks the requirements, applies the updates in order, derives
// counters and logs. Written from the specification alone, so that it judges the client's difference of two states.
import type { TableRequirement, TableUpdate } from '../../../src/ports.ts';

type Json = Record<string, unknown>;

/** A commit the catalog will not carry out: 409 for a requirement that does not hold, 400 for an update it cannot apply. */
export class Rejected extends Error {
  readonly status: number;
  readonly type: string;
  constructor(status: number, given: { readonly type: string; readonly message: string }) {
    super(given.message);
    this.status = status;
    this.type = given.type;
  }
}

export function checkRequirements(table: Json | undefined, requirements: readonly TableRequirement[]): void {
  for (const requirement of requirements) {
    const wrong = broken(table, requirement);
    if (wrong !== undefined) throw new Rejected(409, { type: 'CommitFailedException', message: `Requirement failed: ${wrong}` });
  }
}

function broken(table: Json | undefined, requirement: TableRequirement): string | undefined {
  const expect = (field: string, name: string) =>
    table?.[name] === requirement[field] ? undefined : `${name} is ${String(table?.[name])}, not ${String(requirement[field])}`;
  switch (requirement.type) {
    case 'assert-create':
      return table === undefined ? undefined : 'the table exists';
    case 'assert-table-uuid':
      return expect('uuid', 'table-uuid');
    case 'assert-ref-snapshot-id': {
      const ref = refs(table ?? {})[String(requirement['ref'])];
      const [is, wanted] = [ref?.['snapshot-id'] ?? null, requirement['snapshot-id'] ?? null];
      return same(is, wanted) ? undefined : `ref ${String(requirement['ref'])} has changed`;
    }
    case 'assert-last-assigned-field-id':
      return expect('last-assigned-field-id', 'last-column-id');
    case 'assert-last-assigned-partition-id':
      return expect('last-assigned-partition-id', 'last-partition-id');
    case 'assert-current-schema-id':
    case 'assert-default-spec-id':
    case 'assert-default-sort-order-id':
      return expect(requirement.type.slice('assert-'.length), requirement.type.slice('assert-'.length));
    default:
      throw new Rejected(400, { type: 'BadRequestException', message: `unknown requirement ${requirement.type}` });
  }
}

/** The table after the updates; `nowMs` is the catalog's clock. */
export function applyUpdates(table: Json, updates: readonly TableUpdate[], nowMs: number): Json {
  const state = { table: structuredClone(table), added: new Map<string, number>() };
  for (const update of updates) applyOne(state, update, nowMs);
  return { ...state.table, 'last-updated-ms': Math.max(nowMs, Number(table['last-updated-ms'])) };
}

interface State {
  table: Json;
  /** Kind → id of the last one added. */
  readonly added: Map<string, number>;
}

function applyOne(state: State, update: TableUpdate, nowMs: number): void {
  const { table } = state;
  switch (update.action) {
    case 'assign-uuid':
      table['table-uuid'] = update['uuid'];
      return;
    case 'upgrade-format-version':
      if (Number(update['format-version']) < Number(table['format-version'])) throw invalid('cannot downgrade');
      table['format-version'] = update['format-version'];
      if (Number(update['format-version']) >= 3) table['next-row-id'] ??= 0;
      return;
    case 'set-location':
      table['location'] = update['location'];
      return;
    case 'add-schema':
      addLayout(state, { list: 'schemas', id: 'schema-id', item: update['schema'] as Json });
      table['last-column-id'] = Math.max(Number(table['last-column-id']), highestFieldId(update['schema']));
      return;
    case 'set-current-schema':
      table['current-schema-id'] = layoutId(state, { list: 'schemas', id: 'schema-id', given: update['schema-id'] });
      return;
    case 'add-spec': {
      const spec = update['spec'] as Json;
      addLayout(state, { list: 'partition-specs', id: 'spec-id', item: spec });
      const ids = (spec['fields'] as Json[]).map((field) => Number(field['field-id']));
      table['last-partition-id'] = Math.max(Number(table['last-partition-id']), ...ids);
      return;
    }
    case 'set-default-spec':
      table['default-spec-id'] = layoutId(state, { list: 'partition-specs', id: 'spec-id', given: update['spec-id'] });
      return;
    case 'add-sort-order':
      addLayout(state, { list: 'sort-orders', id: 'order-id', item: update['sort-order'] as Json });
      return;
    case 'set-default-sort-order':
      table['default-sort-order-id'] = layoutId(state, { list: 'sort-orders', id: 'order-id', given: update['sort-order-id'] });
      return;
    case 'set-properties':
      table['properties'] = { ...(table['properties'] as Json), ...(update['updates'] as Json) };
      return;
    case 'remove-properties': {
      const removals = update['removals'] as string[];
      table['properties'] = Object.fromEntries(Object.entries(table['properties'] as Json).filter(([key]) => !removals.includes(key)));
      return;
    }
    case 'remove-schemas':
      removeLayouts(table, { list: 'schemas', id: 'schema-id', ids: update['schema-ids'], kept: table['current-schema-id'] });
      return;
    case 'remove-partition-specs':
      removeLayouts(table, { list: 'partition-specs', id: 'spec-id', ids: update['spec-ids'], kept: table['default-spec-id'] });
      return;
    case 'add-encryption-key':
      table['encryption-keys'] = [...list(table, 'encryption-keys'), update['encryption-key']];
      return;
    case 'remove-encryption-key':
      table['encryption-keys'] = list(table, 'encryption-keys').filter((key) => key['key-id'] !== update['key-id']);
      return;
    default:
      applyToSnapshots(table, update, nowMs);
  }
}

function applyToSnapshots(table: Json, update: TableUpdate, nowMs: number): void {
  switch (update.action) {
    case 'add-snapshot':
      addSnapshot(table, update['snapshot'] as Json);
      return;
    case 'set-snapshot-ref':
      setRef(table, update, nowMs);
      return;
    case 'remove-snapshot-ref':
      removeRef(table, String(update['ref-name']));
      return;
    case 'remove-snapshots': {
      const gone = (update['snapshot-ids'] as unknown[]).map(String);
      for (const [name, ref] of Object.entries(refs(table))) if (gone.includes(String(ref['snapshot-id']))) removeRef(table, name);
      table['snapshots'] = list(table, 'snapshots').filter((snapshot) => !gone.includes(String(snapshot['snapshot-id'])));
      return;
    }
    case 'set-statistics':
      setFile(table, 'statistics', update['statistics'] as Json);
      return;
    case 'set-partition-statistics':
      setFile(table, 'partition-statistics', update['partition-statistics'] as Json);
      return;
    case 'remove-statistics':
    case 'remove-partition-statistics': {
      const name = update.action.slice('remove-'.length);
      table[name] = list(table, name).filter((file) => !same(file['snapshot-id'], update['snapshot-id']));
      return;
    }
    default:
      throw new Rejected(400, { type: 'BadRequestException', message: `unknown update ${update.action}` });
  }
}

function addSnapshot(table: Json, snapshot: Json): void {
  if (list(table, 'snapshots').some((one) => same(one['snapshot-id'], snapshot['snapshot-id']))) throw invalid('snapshot exists');
  const sequence = Number(snapshot['sequence-number']);
  if (sequence <= Number(table['last-sequence-number']) && snapshot['parent-snapshot-id'] !== undefined)
    throw invalid('old sequence number');
  table['snapshots'] = [...list(table, 'snapshots'), snapshot];
  table['last-sequence-number'] = Math.max(sequence, Number(table['last-sequence-number']));
  if (Number(table['format-version']) < 3) return;
  const first = Number(snapshot['first-row-id']);
  if (first < Number(table['next-row-id'])) throw invalid('first-row-id is used up');
  table['next-row-id'] = Number(table['next-row-id']) + Number(snapshot['added-rows']);
}

function setRef(table: Json, update: TableUpdate, nowMs: number): void {
  const { action: _action, 'ref-name': name, ...ref } = update;
  const snapshot = list(table, 'snapshots').find((one) => same(one['snapshot-id'], ref['snapshot-id']));
  if (!snapshot) throw invalid(`no snapshot for ref ${String(name)}`);
  if (name === 'main') {
    const isNew = !same(table['current-snapshot-id'] ?? null, ref['snapshot-id']);
    table['current-snapshot-id'] = ref['snapshot-id'];
    const log = { 'timestamp-ms': Math.max(nowMs, Number(snapshot['timestamp-ms'])), 'snapshot-id': ref['snapshot-id'] };
    if (isNew) table['snapshot-log'] = [...list(table, 'snapshot-log'), log];
  }
  table['refs'] = { ...refs(table), [String(name)]: ref };
}

function removeRef(table: Json, name: string): void {
  table['refs'] = Object.fromEntries(Object.entries(refs(table)).filter(([key]) => key !== name));
  if (name === 'main') table['current-snapshot-id'] = null;
}

function setFile(table: Json, name: string, file: Json): void {
  table[name] = [...list(table, name).filter((one) => !same(one['snapshot-id'], file['snapshot-id'])), file];
}

interface Layout {
  readonly list: string;
  readonly id: string;
}

/** The catalog gives ids: that of an equal one that is there, else the next. */
function addLayout(state: State, { list: name, id, item }: Layout & { readonly item: Json }): void {
  const items = list(state.table, name);
  const { [id]: _proposed, ...content } = item;
  const equal = items.find(({ [id]: _id, ...rest }) => stable(rest) === stable(content));
  const next = Math.max(-1, ...items.map((one) => Number(one[id]))) + 1;
  const given = equal ? Number(equal[id]) : next;
  if (!equal) state.table[name] = [...items, { ...item, [id]: given }];
  state.added.set(name, given);
}

function layoutId(state: State, { list: name, id, given }: Layout & { readonly given: unknown }): number {
  const wanted = given === -1 ? state.added.get(name) : Number(given);
  if (!list(state.table, name).some((one) => one[id] === wanted)) throw invalid(`no ${id} ${String(given)}`);
  return wanted!;
}

function removeLayouts(table: Json, { list: name, id, ids, kept }: Layout & { readonly ids: unknown; readonly kept: unknown }): void {
  const gone = ids as unknown[];
  if (gone.includes(kept)) throw invalid(`cannot remove the present ${id}`);
  table[name] = list(table, name).filter((one) => !gone.includes(one[id]));
}

function refs(table: Json): Record<string, Json> {
  return (table['refs'] ?? {}) as Record<string, Json>;
}

function list(table: Json, name: string): Json[] {
  return (table[name] ?? []) as Json[];
}

function highestFieldId(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const own = Object.entries(value).map(([key, member]) =>
    ['id', 'element-id', 'key-id', 'value-id'].includes(key) ? Number(member) : highestFieldId(member),
  );
  return Math.max(0, ...own);
}

function same(a: unknown, b: unknown): boolean {
  return a === null || b === null ? a === b : String(a) === String(b);
}

function stable(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

function invalid(message: string): Rejected {
  return new Rejected(400, { type: 'ValidationException', message });
}
