// One schema object → one table: columns, technical columns, rules, event time, partition and sort, as data.

import { type ColumnDraft, type ColumnScope, fieldOf } from './column-draft.ts';
import { columnDrafts } from './columns.ts';
import type { CompiledTable, UndeclaredMode } from './compiled.ts';
import { firnProperties } from './custom-properties.ts';
import { readEventTime } from './event-time.ts';
import { assignFieldIds, type FieldIdsFile } from './field-ids.ts';
import { type Report, refuse, warn } from './findings.ts';
import { type DocNode, member, needWord, textOf } from './nodes.ts';
import { columnPlans, primitiveColumns } from './plans.ts';
import { readQuality } from './quality.ts';
import { readFilter, readRoute, rowRules } from './rules.ts';
import type { SourceOptions } from './source.ts';
import { readPartition, readSort, readTableOptions, type TableOptions } from './table-options.ts';
import { checkReservedNames, technicalFields, technicalSlots } from './technical-columns.ts';
import type { StructType } from './types.ts';
import { readVariants } from './variants.ts';

export interface TableInput {
  readonly root: DocNode;
  /** The schema object. */
  readonly node: DocNode;
  readonly rootFirn: ReadonlyMap<string, DocNode>;
  readonly source: SourceOptions | undefined;
  readonly ids: FieldIdsFile | undefined;
  readonly assignIds: boolean;
}

export interface TableOutput {
  readonly table: CompiledTable;
  readonly ids: FieldIdsFile;
  readonly idsChanged: boolean;
}

const UNDECLARED = ['capture', 'ignore', 'quarantine'] as const satisfies readonly UndeclaredMode[];

/** Compiles a schema object as far as it goes, so that all its problems are found; undefined when nothing can come of it. */
export function compileTable(report: Report, input: TableInput): TableOutput | undefined {
  const { node, root } = input;
  const firn = firnProperties(report, node, 'schema');
  const tableOptions = readTable(report, input, firn);
  const undeclaredNode = firn.get('firn.undeclared');
  const undeclared = (undeclaredNode && needWord(report, undeclaredNode, { what: 'firn.undeclared', words: UNDECLARED })) ?? 'capture';
  const scope: ColumnScope = { report, taken: new Map(), rules: [], formatVersion: tableOptions.formatVersion, count: 0 };
  const drafts = columnDrafts(scope, node, { prefix: '', depth: 0 });
  if (drafts.length === 0) {
    if (!member(node, 'properties'))
      refuse(report, node, { rule: 'schema', message: 'expected properties of the schema object, got none' });
    return undefined;
  }
  readQuality(scope, node, { fallback: 'quarantine', level: 'schema' });
  checkReservedNames(report, drafts, undeclared);
  const ids = assignFieldIds(
    { type: 'struct', fields: [...drafts.map(fieldOf), ...technicalFields({ undeclared, omit: tableOptions.omit })] },
    input.ids,
  );
  if (!input.assignIds && ids.added.length > 0) {
    refuse(report, root, {
      rule: 'field-ids',
      message: `no field ids for ${ids.added.slice(0, 5).join(', ')}`,
      remedy: 'run firn check and commit the .ids.json file',
    });
  }
  const table = assemble({ report, input, firn, scope, drafts, undeclared, tableOptions, struct: ids.struct });
  return table && { table, ids: ids.file, idsChanged: ids.isChanged };
}

/** A share from 0 to 1. */
function readShare(report: Report, node: DocNode | undefined): number | undefined {
  if (!node) return undefined;
  const share = Number(textOf(node));
  if (share >= 0 && share <= 1) return share;
  refuse(report, node, {
    rule: 'firn-value',
    message: 'firn.selfcheck is a share from 0 to 1',
    remedy: 'say 0.001 for one record in a thousand',
  });
  return undefined;
}

function readTable(report: Report, input: TableInput, firn: ReadonlyMap<string, DocNode>): TableOptions {
  const own = firn.get('firn.table');
  const shared = input.rootFirn.get('firn.table');
  if (own && shared)
    refuse(report, own, { rule: 'firn-place', message: 'firn.table is at the root and on the schema object', remedy: 'keep one of them' });
  const physicalName = member(input.node, 'physicalName');
  if (physicalName && textOf(physicalName) !== textOf(member(input.node, 'name'))) {
    warn(report, physicalName, {
      rule: 'not-used',
      message: 'physicalName is not used: the table has the name of the schema object, or that of firn.table',
    });
  }
  return readTableOptions(report, own ?? shared, {
    domain: member(input.root, 'domain'),
    nameNode: member(input.node, 'name') ?? input.node,
    root: input.root,
  });
}

interface Assembly {
  readonly report: Report;
  readonly input: TableInput;
  readonly firn: ReadonlyMap<string, DocNode>;
  readonly scope: ColumnScope;
  readonly drafts: readonly ColumnDraft[];
  readonly undeclared: UndeclaredMode;
  readonly tableOptions: TableOptions;
  readonly struct: StructType;
}

function assemble(assembly: Assembly): CompiledTable | undefined {
  const { report, input, firn, scope, drafts, tableOptions, struct } = assembly;
  const own: StructType = { type: 'struct', fields: struct.fields.slice(0, drafts.length) };
  const flat = flatten(drafts);
  const jsonColumns = new Set(flat.filter((draft) => draft.isJsonText).map((draft) => draft.dotted));
  const eventTime = readEventTime(report, { node: firn.get('firn.eventTime'), owner: input.node, drafts: flat, struct: own });
  const variants = readVariants(report, firn.get('firn.variants'), { struct: own, jsonColumns, names: primitiveColumns(own) });
  const rules = rowRules(report, scope.rules, own);
  const filter = readFilter(report, firn.get('firn.filter'), own);
  const route = readRoute(report, firn.get('firn.route'));
  const selfcheck = readShare(report, firn.get('firn.selfcheck'));
  const standard = partitioned(flat);
  const partition = readPartition(report, { table: tableOptions, struct, standard, eventTime: eventTime?.column, at: input.node });
  const sort = readSort(report, { table: tableOptions, struct, eventTime: eventTime?.column });
  const schemaObject = textOf(member(input.node, 'name'));
  if (!tableOptions.identifier || schemaObject === undefined || !input.source) return undefined;
  return {
    schemaObject,
    identifier: tableOptions.identifier,
    program: {
      struct,
      columns: columnPlans(drafts, struct),
      variants,
      rules,
      filter,
      eventTime,
      undeclared: assembly.undeclared,
      maxBytes: input.source.maxBytes,
      tombstones: input.source.tombstones,
      technical: technicalSlots(struct, assembly.undeclared),
    },
    ...(route ? { route } : {}),
    ...(selfcheck === undefined ? {} : { selfcheck }),
    partition,
    sort,
    formatVersion: tableOptions.formatVersion,
    properties: tableOptions.properties,
  };
}

/** Drafts reachable through structs, in order. */
function flatten(drafts: readonly ColumnDraft[]): readonly ColumnDraft[] {
  return drafts.flatMap((draft) =>
    typeof draft.type !== 'string' && draft.type.type === 'struct' ? [draft, ...flatten(draft.children)] : [draft],
  );
}

/** Columns the standard marks `partitioned`, by their position; those without one follow in order. */
function partitioned(drafts: readonly ColumnDraft[]): readonly string[] {
  const marked = drafts.filter((draft) => draft.partitionPosition !== undefined && typeof draft.type === 'string');
  const rank = (draft: ColumnDraft): number => (draft.partitionPosition! < 0 ? Number.MAX_SAFE_INTEGER : draft.partitionPosition!);
  return [...marked].sort((a, b) => rank(a) - rank(b)).map((draft) => draft.dotted);
}
