// `firn.variants`: messages of several versions or producers that become one table. Each variant says by values of the message when it
// holds and where its columns are read from.

import { cleanSteps } from './clean.ts';
import type { CleanStep, MessagePath, TimeFormat, VariantPlan } from './compiled.ts';
import { quoted, type Report, refuse } from './findings.ts';
import { LIMITS } from './limits.ts';
import { messagePaths, parsePath } from './message-path.ts';
import { checkKeys, type DocNode, describeNode, type MapEntry, type MapNode, member, needList, needMap, needText } from './nodes.ts';
import { findColumn } from './plans.ts';
import { suggestion } from './suggest.ts';
import { isTimeType, timeFormats } from './time-formats.ts';
import type { StructType } from './types.ts';

type Override = {
  readonly paths?: readonly MessagePath[];
  readonly timeFormats?: readonly TimeFormat[];
  readonly clean?: readonly CleanStep[];
};

/** The variants in order. `struct` holds the contract's own columns; `jsonColumns` those kept as JSON text. */
export function readVariants(
  report: Report,
  node: DocNode | undefined,
  columns: { readonly struct: StructType; readonly jsonColumns: ReadonlySet<string>; readonly names: readonly string[] },
): readonly VariantPlan[] {
  const list = node && needList(report, node, 'firn.variants');
  if (!list) return [];
  if (list.items.length === 0 || list.items.length > LIMITS.variantsMax) {
    refuse(report, list, { rule: 'variants', message: `expected 1 to ${LIMITS.variantsMax} variants, got ${list.items.length}` });
    return [];
  }
  const names = new Set<string>();
  const variants: VariantPlan[] = [];
  for (const [i, item] of list.items.entries()) {
    const map = needMap(report, item, 'a variant');
    const name = map && readName(report, map, names);
    if (!map || name === undefined) continue;
    const when = readWhen(report, map);
    if (when.length === 0 && i < list.items.length - 1) {
      refuse(report, item, {
        rule: 'variants',
        message: `the variant '${name}' always holds, those after it are never used`,
        remedy: 'put it last, or give it a condition',
      });
    }
    variants.push({ name, when, columns: readOverrides(report, member(map, 'properties'), columns) });
  }
  return variants;
}

function readName(report: Report, map: MapNode, names: Set<string>): string | undefined {
  checkKeys(report, map, { what: 'a variant', keys: ['name', 'when', 'properties'] });
  const node = member(map, 'name');
  if (!node) return refuse(report, map, { rule: 'variants', message: "expected 'name' of a variant, got none" });
  const name = needText(report, node, 'the name of a variant');
  if (name === undefined) return undefined;
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(name))
    return refuse(report, node, {
      rule: 'variants',
      message: `${quoted(name)} is no name of a variant`,
      remedy: "letters, digits, '.', '_' and '-'",
    });
  if (names.has(name)) refuse(report, node, { rule: 'variants', message: `the variant '${name}' is there twice` });
  names.add(name);
  return name;
}

function readWhen(report: Report, variant: MapNode): VariantPlan['when'] {
  const node = member(variant, 'when');
  if (!node) {
    refuse(report, variant, {
      rule: 'variants',
      message: "expected 'when' of a variant, got none",
      remedy: 'write when: {path: value}; {} always holds',
    });
    return [];
  }
  const map = needMap(report, node, 'when');
  const conditions: { path: MessagePath; values: (string | number | boolean | null)[] }[] = [];
  for (const entry of map?.entries ?? []) {
    const path = parsePath(report, entry.value, entry.key);
    const nodes = entry.value.kind === 'list' ? entry.value.items : [entry.value];
    const values = nodes.map((one) => conditionValue(report, one)).filter((value) => value !== undefined);
    if (nodes.length === 0)
      refuse(report, entry.value, { rule: 'variants', message: 'expected a value or a list of values, got an empty list' });
    if (path && values.length > 0) conditions.push({ path, values });
  }
  return conditions;
}

function conditionValue(report: Report, node: DocNode): string | number | boolean | null | undefined {
  if (node.kind === 'scalar') {
    if (typeof node.value === 'bigint') {
      if (Number.isSafeInteger(Number(node.value))) return Number(node.value);
    } else if (typeof node.value !== 'number' || Number.isFinite(node.value)) return node.value;
  }
  return refuse(report, node, {
    rule: 'variants',
    message: `expected text, a number, true, false or null to compare with, got ${describeNode(node)}`,
  });
}

interface Columns {
  readonly struct: StructType;
  readonly jsonColumns: ReadonlySet<string>;
  readonly names: readonly string[];
}

function readOverrides(report: Report, node: DocNode | undefined, columns: Columns): ReadonlyMap<string, Override> {
  const overrides = new Map<string, Override>();
  const map = node && needMap(report, node, "a variant's properties");
  for (const entry of map?.entries ?? []) {
    const found = findColumn(columns.struct, entry.key);
    if (!found) {
      refuse(report, entry.keyPlace, {
        rule: 'variants',
        message: `unknown column ${quoted(entry.key)}`,
        remedy: suggestion(entry.key, columns.names),
      });
      continue;
    }
    const override = readOverride(report, entry, { type: found.field.type, isJsonText: columns.jsonColumns.has(entry.key) });
    if (override) overrides.set(entry.key, override);
  }
  return overrides;
}

function readOverride(report: Report, entry: MapEntry, column: Parameters<typeof cleanSteps>[2]): Override | undefined {
  const map = needMap(report, entry.value, 'the override of a column');
  if (!map) return undefined;
  checkKeys(report, map, { what: 'the override of a column', keys: ['path', 'format', 'clean'] });
  const [pathNode, formatNode, cleanNode] = [member(map, 'path'), member(map, 'format'), member(map, 'clean')];
  if (formatNode && !isTimeType(column.type)) {
    refuse(report, formatNode, { rule: 'time-format', message: `a format is for times, ${quoted(entry.key)} is none` });
  }
  const paths = pathNode && messagePaths(report, pathNode);
  const formats =
    formatNode && isTimeType(column.type) && needText(report, formatNode, 'format') !== undefined
      ? timeFormats(report, formatNode, column.type)
      : undefined;
  return {
    ...(paths ? { paths } : {}),
    ...(formats ? { timeFormats: formats } : {}),
    ...(cleanNode ? { clean: cleanSteps(report, cleanNode, column) } : {}),
  };
}
