// Properties of a schema object → column drafts: type, path, cleaning, policies and constraints, before field ids and slots are
// known. Nested objects, arrays and maps are compiled by the same rules at every depth.
import {
  type ColumnDraft,
  type ColumnScope,
  listParts,
  mapParts,
  type Parts,
  type Spot,
  structParts,
  withoutContent,
} from './column-draft.ts';
import { finishColumn, warnIgnored } from './column-finish.ts';
import { columnType } from './column-type.ts';
import type { OnFailure } from './compiled.ts';
import { requiredMembers } from './constraints.ts';
import { firnProperties } from './custom-properties.ts';
import { quoted, type Report, refuse } from './findings.ts';
import { LIMITS } from './limits.ts';
import { type DocNode, itemsOf, member, textOf } from './nodes.ts';
import { onFailureOf } from './policies.ts';
import { readQuality } from './quality.ts';
import type { TypeSpec } from './type-text.ts';

/** Drafts of the members of an object (or of the schema object itself), in order. */
export function columnDrafts(
  scope: ColumnScope,
  owner: DocNode,
  parent: { readonly prefix: string; readonly depth: number },
): readonly ColumnDraft[] {
  const required = requiredMembers(owner);
  const drafts: ColumnDraft[] = [];
  const seen = new Map<string, string>();
  for (const node of itemsOf(member(owner, 'properties'))) {
    const nameNode = member(node, 'name');
    const name = textOf(nameNode);
    if (!nameNode || name === undefined || !checkColumnName(scope.report, nameNode, name)) continue;
    const before = seen.get(name.toLowerCase());
    if (before !== undefined) {
      const message =
        before === name ? `the name ${quoted(name)} is there twice` : `the names '${before}' and ${quoted(name)} differ only in case`;
      refuse(scope.report, nameNode, { rule: 'duplicate-name', message, remedy: 'rename one; firn.path keeps the key of the message' });
      continue;
    }
    seen.set(name.toLowerCase(), name);
    const isRequiredByParent = required.has(name);
    const draft = oneColumn(scope, node, {
      name,
      dotted: `${parent.prefix}${name}`,
      role: 'member',
      depth: parent.depth,
      isRequiredByParent,
    });
    if (draft) drafts.push(draft);
  }
  for (const name of required) {
    if (seen.has(name.toLowerCase())) continue;
    refuse(scope.report, owner, {
      rule: 'standard',
      message: `required names ${quoted(name)}, which is no property`,
      remedy: 'add it or drop it',
    });
  }
  return drafts;
}

function checkColumnName(report: Report, node: DocNode, name: string): boolean {
  if (/^[A-Za-z_][A-Za-z0-9_]{0,254}$/.test(name) && name !== '__proto__') return true;
  const remedy = 'letters, digits and _, at most 255; where the message has another key, say so with firn.path';
  refuse(report, node, { rule: 'column-name', message: `${quoted(name)} is no column name`, remedy });
  return false;
}

function oneColumn(scope: ColumnScope, node: DocNode, spot: Spot): ColumnDraft | undefined {
  const { report } = scope;
  if (++scope.count > LIMITS.columnsMax) {
    if (scope.count === LIMITS.columnsMax + 1)
      refuse(report, node, { rule: 'too-many', message: `expected at most ${LIMITS.columnsMax} columns` });
    return undefined;
  }
  if (spot.depth > LIMITS.columnDepthMax) {
    return refuse(report, node, { rule: 'too-deep', message: `expected at most ${LIMITS.columnDepthMax} levels of columns` });
  }
  const firn = firnProperties(report, node, 'property');
  const fallback = onFailureOf(report, firn) ?? 'quarantine';
  const quality = readQuality(scope, node, { fallback, level: 'property' });
  const column = columnType(report, node, scope.formatVersion);
  if (!column) return undefined;
  const parts = typeParts(scope, { node, spec: column.spec, fallback, spot });
  if (!parts) return undefined;
  warnIgnored(scope.report, node, column.logical);
  return finishColumn({ scope, node, spot, fallback, quality, ...parts }, firn);
}

interface Typed {
  readonly node: DocNode;
  readonly spec: TypeSpec | 'properties' | 'items' | 'map';
  readonly fallback: OnFailure;
  readonly spot: Spot;
}

/** The Iceberg type of a column and the drafts of what is in it. */
function typeParts(scope: ColumnScope, typed: Typed): Parts | undefined {
  const { node, spec, spot } = typed;
  if (typeof spec !== 'string') return specParts(scope, typed, spec);
  if (spec === 'properties') {
    const children = columnDrafts(scope, node, { prefix: `${spot.dotted}.`, depth: spot.depth + 1 });
    if (children.length > 0) return structParts(children);
    if (itemsOf(member(node, 'properties')).length > 0) return undefined;
    return refuse(scope.report, node, { rule: 'nested-type', message: 'expected at least one property of an object, got none' });
  }
  if (spec === 'items') {
    const element = oneColumn(scope, member(node, 'items')!, childSpot(spot, 'element'));
    return element && listParts(element);
  }
  const map = member(node, 'map');
  const [keyNode, valueNode] = [member(map, 'key'), member(map, 'value')];
  const key = keyNode && oneColumn(scope, keyNode, childSpot(spot, 'key'));
  const value = valueNode && oneColumn(scope, valueNode, childSpot(spot, 'value'));
  return key && value && mapParts(scope.report, { node, key, value });
}

function childSpot(spot: Spot, role: 'element' | 'key' | 'value'): Spot {
  return { name: role, dotted: `${spot.dotted}.${role}`, role, depth: spot.depth + 1, isRequiredByParent: false };
}

/** A type written out in `physicalType`; its members have no properties of their own. */
function specParts(scope: ColumnScope, typed: Typed, spec: TypeSpec): Parts | undefined {
  const { node, spot } = typed;
  for (const key of ['properties', 'items', 'map']) {
    const extra = member(node, key);
    if (extra)
      refuse(scope.report, extra, {
        rule: 'physical-type',
        message: `'${key}' and physicalType both say what is inside`,
        remedy: 'keep one of them',
      });
  }
  const child = (inner: TypeSpec, at: Spot): ColumnDraft | undefined => {
    if (++scope.count > LIMITS.columnsMax) return undefined;
    const parts = specParts(scope, { ...typed, spot: at }, inner);
    return (
      parts &&
      finishColumn({ scope, node: withoutContent(node), spot: at, fallback: typed.fallback, quality: undefined, ...parts }, new Map())
    );
  };
  switch (spec.kind) {
    case 'primitive':
      return { type: spec.type, children: [], isJsonText: spec.isJsonText };
    case 'list': {
      const element = child(spec.element, childSpot(spot, 'element'));
      return element && listParts(element);
    }
    case 'map': {
      const [key, value] = [child(spec.key, childSpot(spot, 'key')), child(spec.value, childSpot(spot, 'value'))];
      return key && value && mapParts(scope.report, { node, key, value });
    }
    case 'struct':
      return specStruct(scope, { node, spot, members: spec.members, child });
  }
}

interface SpecStruct {
  readonly node: DocNode;
  readonly spot: Spot;
  readonly members: readonly { readonly name: string; readonly type: TypeSpec }[];
  readonly child: (inner: TypeSpec, at: Spot) => ColumnDraft | undefined;
}

function specStruct(scope: ColumnScope, struct: SpecStruct): Parts | undefined {
  const { node, spot, members, child } = struct;
  const names = new Set(members.map((one) => one.name.toLowerCase()));
  if (names.size !== members.length || names.has('__proto__')) {
    return refuse(scope.report, node, { rule: 'duplicate-name', message: 'a struct in physicalType has two members of one name' });
  }
  const drafts = members.map((one) =>
    child(one.type, {
      name: one.name,
      dotted: `${spot.dotted}.${one.name}`,
      role: 'member',
      depth: spot.depth + 1,
      isRequiredByParent: false,
    }),
  );
  return drafts.every((draft) => draft !== undefined) ? structParts(drafts) : undefined;
}
