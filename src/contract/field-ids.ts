// Field ids of a contract, kept beside it and committed (`<dataset>.ids.json`). An id is given once to a dotted path and never to
// another: the id of a removed column is retired for good, and a column that comes back under its name is a new column with a new
// id, as in Iceberg, so that rows of the old one never show through. Reordering changes nothing.
import { type Finding, newReport, type Report, refuse, sortedFindings } from './findings.ts';
import type { IcebergType, NestedField, StructType } from './types.ts';

/** Paths are dotted names; elements, keys and values of lists and maps are `.element`, `.key`, `.value`. */
export interface FieldIdsFile {
  readonly version: 1;
  /** The largest id ever given. */
  readonly lastId: number;
  readonly ids: Readonly<Record<string, number>>;
  /** Retired ids and what they were. */
  readonly removed: readonly { readonly path: string; readonly id: number }[];
}

export interface AssignedIds {
  readonly struct: StructType;
  readonly file: FieldIdsFile;
  readonly isChanged: boolean;
  /** Paths that had no id before. */
  readonly added: readonly string[];
}

/** Gives every field of `struct` its id; new ones follow the last, level by level (the order in which Iceberg numbers a new table). */
export function assignFieldIds(struct: StructType, known: FieldIdsFile | undefined): AssignedIds {
  const old = new Map(Object.entries(known?.ids ?? {}));
  const paths = pathsByLevel(struct);
  let lastId = known?.lastId ?? 0;
  const ids = new Map<string, number>();
  const added: string[] = [];
  for (const path of paths) {
    const id = old.get(path);
    if (id === undefined) added.push(path);
    ids.set(path, id ?? ++lastId);
  }
  const gone = [...old].filter(([path]) => !ids.has(path)).map(([path, id]) => ({ path, id }));
  const removed = [...(known?.removed ?? []), ...gone].sort((a, b) => a.id - b.id);
  const sorted = [...ids].sort((a, b) => a[1] - b[1]);
  const file: FieldIdsFile = { version: 1, lastId, ids: Object.fromEntries(sorted), removed };
  return { struct: withIds(struct, ids), file, isChanged: known === undefined || added.length > 0 || gone.length > 0, added };
}

/** Reads `<dataset>.ids.json`; never throws. */
export function parseFieldIds(
  text: string,
  file: string,
): { readonly ok: true; readonly ids: FieldIdsFile } | { readonly ok: false; readonly findings: readonly Finding[] } {
  const report = newReport(file);
  const value = parseJson(text, report);
  if (value !== undefined) {
    const ids = toFieldIds(value, report);
    if (ids && report.findings.length === 0) return { ok: true, ids };
  }
  return { ok: false, findings: sortedFindings(report) };
}

/** The file's text: one path a line, by id, so that a new column is one added line. */
export function formatFieldIds(ids: FieldIdsFile): string {
  return `${JSON.stringify(ids, null, 2)}\n`;
}

/** What is wrong with ids given to the loader; adds findings. */
export function checkFieldIds(ids: FieldIdsFile, report: Report): void {
  const all = [...Object.entries(ids.ids), ...ids.removed.map((one) => [one.path, one.id] as const)];
  const seen = new Map<number, string>();
  for (const [path, id] of all) {
    if (!Number.isSafeInteger(id) || id < 1) bad(report, `the id of '${path}' is no positive integer`);
    else if (id > ids.lastId) bad(report, `the id ${id} of '${path}' is above lastId ${ids.lastId}`);
    const other = seen.get(id);
    if (other !== undefined) bad(report, `the id ${id} belongs to both '${other}' and '${path}'`);
    seen.set(id, path);
  }
}

function parseJson(text: string, report: Report): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // JSON.parse's own message may quote the text; the file's name and kind are enough to mend it.
    bad(report, 'expected JSON, got text that is none');
    return undefined;
  }
}

function toFieldIds(value: unknown, report: Report): FieldIdsFile | undefined {
  const file = value as { version?: unknown; lastId?: unknown; ids?: unknown; removed?: unknown } | null;
  if (file === null || typeof file !== 'object' || file.version !== 1) return bad(report, 'expected {"version": 1, …}');
  const { lastId, ids, removed = [] } = file;
  if (typeof lastId !== 'number' || !Number.isSafeInteger(lastId) || lastId < 0) return bad(report, 'expected lastId as a count');
  if (ids === null || typeof ids !== 'object' || Array.isArray(ids)) return bad(report, 'expected ids as a map of paths to ids');
  if (!Array.isArray(removed)) return bad(report, 'expected removed as a list of {path, id}');
  const isEntry = (one: unknown): one is { path: string; id: number } =>
    one !== null &&
    typeof one === 'object' &&
    typeof (one as { path?: unknown }).path === 'string' &&
    typeof (one as { id?: unknown }).id === 'number';
  if (!removed.every(isEntry)) return bad(report, 'expected removed as a list of {path, id}');
  if (!Object.values(ids).every((id) => typeof id === 'number')) return bad(report, 'expected every id as a number');
  const result: FieldIdsFile = {
    version: 1,
    lastId,
    ids: ids as Record<string, number>,
    removed: removed.map(({ path, id }) => ({ path, id })),
  };
  checkFieldIds(result, report);
  return result;
}

function bad(report: Report, message: string): undefined {
  return refuse(report, { line: 1, column: 1, path: '' }, { rule: 'field-ids', message, remedy: 'restore the file from version control' });
}

interface Child {
  readonly path: string;
  readonly type: IcebergType;
}

function childrenOf({ path, type }: Child): readonly Child[] {
  if (typeof type === 'string') return [];
  switch (type.type) {
    case 'struct':
      return type.fields.map((field) => ({ path: `${path}.${field.name}`, type: field.type }));
    case 'list':
      return [{ path: `${path}.element`, type: type.element }];
    case 'map':
      return [
        { path: `${path}.key`, type: type.key },
        { path: `${path}.value`, type: type.value },
      ];
  }
}

function pathsByLevel(struct: StructType): readonly string[] {
  const paths: string[] = [];
  const number = (children: readonly Child[]): void => {
    for (const child of children) paths.push(child.path);
    for (const child of children) number(childrenOf(child));
  };
  number(struct.fields.map((field) => ({ path: field.name, type: field.type })));
  return paths;
}

function withIds(struct: StructType, ids: ReadonlyMap<string, number>): StructType {
  const typed = (child: Child): IcebergType => {
    const { path, type } = child;
    if (typeof type === 'string') return type;
    if (type.type === 'struct') return { type: 'struct', fields: type.fields.map((field) => named(field, `${path}.${field.name}`)) };
    if (type.type === 'list') {
      const element = typed({ path: `${path}.element`, type: type.element });
      return { ...type, 'element-id': ids.get(`${path}.element`)!, element };
    }
    const key = typed({ path: `${path}.key`, type: type.key });
    const value = typed({ path: `${path}.value`, type: type.value });
    return { ...type, 'key-id': ids.get(`${path}.key`)!, key, 'value-id': ids.get(`${path}.value`)!, value };
  };
  const named = (field: NestedField, path: string): NestedField => ({
    ...field,
    id: ids.get(path)!,
    type: typed({ path, type: field.type }),
  });
  return { type: 'struct', fields: struct.fields.map((field) => named(field, field.name)) };
}
