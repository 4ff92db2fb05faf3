// The naive pipeline: one record at a time, plain objects, own checks. Same program, same verdicts, same reasons (rule and field),
// same cells, or one of the two is wrong. Shares only type definitions with the column path. Row rules are given as functions.
import type { ColumnPlan, RulePolicy, TableProgram, VariantPlan } from '../../../src/contract/compiled.ts';
import type { CellValue } from '../../../src/contract/types.ts';
import { constraintHolds } from './constraints.ts';
import { depthOf, hasRepeatedKey, type JsonMember, type JsonNode, parseTree, someText } from './json-tree.ts';
import { isSameNumber, readScalar } from './scalars.ts';

export interface OracleRecord {
  readonly value: Uint8Array | null;
  readonly timestampMs: number;
}

export interface OracleRule {
  readonly policy: RulePolicy;
  readonly columns: readonly string[];
  readonly holds: (row: ReadonlyMap<string, CellValue>) => boolean;
}

export interface OracleVerdict {
  readonly verdict: 'accepted' | 'quarantined' | 'filtered';
  /** `rule@field`, sorted. */
  readonly reasons: readonly string[];
  /** Contract columns by name, and `undeclared` when captured. */
  readonly row: ReadonlyMap<string, CellValue> | undefined;
  /** Failures by `<rule>:<action>`, nulls and undeclared members, as the pipeline counts them. */
  readonly counts: ReadonlyMap<string, number>;
}

interface State {
  readonly program: TableProgram;
  readonly overrides: VariantPlan['columns'];
  readonly failures: { readonly rule: string; readonly field: string; readonly action: string }[];
  readonly unreadable: Set<string>;
  readonly counts: Map<string, number>;
}

export function judge(program: TableProgram, record: OracleRecord, rules: readonly OracleRule[] = []): OracleVerdict {
  if (record.value === null) return program.tombstones === 'filter' ? alone('filtered', 'tombstone') : alone('quarantined', 'tombstone');
  if (record.value.length === 0) return alone('quarantined', 'empty-value');
  if (record.value.length > program.maxBytes) return alone('quarantined', 'oversize');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(record.value);
  } catch {
    return alone('quarantined', 'invalid-utf8');
  }
  const tree = parseTree(text);
  if (!tree) return alone('quarantined', 'not-json');
  if (tree.kind !== 'object') return alone('quarantined', 'not-object');
  if (depthOf(tree) > 64) return alone('quarantined', 'too-deep');
  const variant = program.variants.find(({ when }) =>
    when.every(({ path, values }) => values.some((value) => isValue(at(tree, path), value))),
  );
  if (program.variants.length > 0 && !variant) return alone('quarantined', 'no-variant');
  return judgeTree({ program, record, rules, tree, overrides: variant?.columns ?? new Map() });
}

function alone(verdict: 'quarantined' | 'filtered', rule: string): OracleVerdict {
  const counts = new Map([[`${rule}:${verdict === 'filtered' ? 'drop' : 'quarantine'}`, 1]]);
  return { verdict, reasons: verdict === 'filtered' ? [] : [`${rule}@`], row: undefined, counts };
}

function judgeTree(given: {
  readonly program: TableProgram;
  readonly record: OracleRecord;
  readonly rules: readonly OracleRule[];
  readonly tree: JsonNode;
  readonly overrides: VariantPlan['columns'];
}): OracleVerdict {
  const { program, record, rules, tree, overrides } = given;
  const state: State = { program, overrides, failures: [], unreadable: new Set(), counts: new Map() };
  const row = new Map<string, CellValue>();
  for (const plan of program.columns) row.set(plan.field.name, readColumn(state, plan, tree));
  if (hasRepeatedKey(tree)) failed(state, { rule: 'duplicate-key', onFailure: 'quarantine', mode: 'enforce' }, '');
  if (someText(tree, (text) => !text.isWellFormed()))
    failed(state, { rule: 'lone-surrogate', onFailure: 'quarantine', mode: 'enforce' }, '');
  const unread = unreadOf(tree, program.columns, {
    state,
    conditions: program.variants.flatMap(({ when }) => when.map(({ path }) => path)),
  });
  if (unread.count > 0) {
    if (program.undeclared !== 'quarantine') add(state.counts, `undeclared:${program.undeclared}`, unread.count);
    else for (let i = 0; i < unread.count; i++) failed(state, { rule: 'undeclared', onFailure: 'quarantine', mode: 'enforce' }, '');
  }
  if (program.undeclared === 'capture') row.set('undeclared', unread.text ?? null);
  for (const { policy, columns, holds } of rules) {
    if (!columns.some((column) => state.unreadable.has(column)) && !holds(row)) failed(state, policy, '');
  }
  judgeEventTime(state, row, record.timestampMs);
  return verdictOf(state, row);
}

function verdictOf(state: State, row: ReadonlyMap<string, CellValue>): OracleVerdict {
  const actions = state.failures.map(({ action }) => action);
  const isQuarantined = actions.includes('quarantine') || actions.includes('park');
  const verdict = isQuarantined ? 'quarantined' : actions.includes('drop') ? 'filtered' : 'accepted';
  const reasons = isQuarantined
    ? [
        ...new Set(
          state.failures.filter(({ action }) => action === 'quarantine' || action === 'park').map(({ rule, field }) => `${rule}@${field}`),
        ),
      ]
    : [];
  for (const { rule, action } of state.failures) add(state.counts, `${rule}:${action}`, 1);
  return { verdict, reasons: reasons.sort(), row: verdict === 'accepted' ? row : undefined, counts: state.counts };
}

function add(counts: Map<string, number>, name: string, n: number): void {
  counts.set(name, (counts.get(name) ?? 0) + n);
}

function failed(state: State, policy: RulePolicy, field: string): string {
  const action = policy.mode === 'shadow' ? 'shadow' : policy.onFailure;
  state.failures.push({ rule: policy.rule, field, action });
  return action;
}

const REJECTING = ['quarantine', 'drop', 'park'];

/** The first member of that name counts; the others are duplicate keys. */
function memberOf(node: JsonNode | undefined, key: string): JsonMember | undefined {
  return node?.kind === 'object' ? node.members.find((each) => each.key === key) : undefined;
}

function at(node: JsonNode, path: readonly string[]): JsonNode | undefined {
  return path.reduce<JsonNode | undefined>((from, key) => memberOf(from, key)?.node, node);
}

function isValue(node: JsonNode | undefined, value: string | number | boolean | null): boolean {
  if (!node || node.kind === 'null') return value === null;
  if (node.kind === 'number') return typeof value === 'number' && isSameNumber(node.raw, String(value));
  return (node.kind === 'string' || node.kind === 'boolean') && node.value === value;
}

function readColumn(state: State, plan: ColumnPlan, scope: JsonNode): CellValue {
  const paths = state.overrides.get(plan.name)?.paths ?? plan.paths;
  const found = paths.map((path) => at(scope, path)).find((node) => node !== undefined);
  return readValue(state, plan, found);
}

/** undefined as node: missing. */
function readValue(state: State, plan: ColumnPlan, node: JsonNode | undefined): CellValue {
  if (!node) return absent(state, plan, 'missing');
  if (node.kind === 'null') return absent(state, plan, 'null');
  const result = convert(state, plan, node);
  if (result === 'lone') {
    state.unreadable.add(plan.name.split('.')[0]!);
    return null;
  }
  if (result === 'null') return absent(state, plan, 'null');
  if (result === 'misfit') return misfit(state, plan);
  return constrained(state, plan, result.value);
}

function misfit(state: State, plan: ColumnPlan): CellValue {
  const action = failed(state, plan.type, plan.name);
  if (REJECTING.includes(action)) {
    state.unreadable.add(plan.name.split('.')[0]!);
    return null;
  }
  return absent(state, plan, 'nulled');
}

function constrained(state: State, plan: ColumnPlan, value: CellValue): CellValue {
  let isNulled = false;
  for (const constraint of plan.constraints) {
    if (constraintHolds(constraint, value, plan.field.type)) continue;
    if (failed(state, constraint, plan.name) === 'null-field') isNulled = true;
  }
  return isNulled ? absent(state, plan, 'nulled') : value;
}

function absent(state: State, plan: ColumnPlan, why: 'missing' | 'null' | 'nulled'): CellValue {
  if (why !== 'nulled') add(state.counts, why, 1);
  const given = plan.required;
  const isHard = given && given.mode === 'enforce' && REJECTING.includes(given.onFailure);
  const policy =
    plan.field.required && !isHard
      ? { rule: given?.rule ?? 'required', onFailure: 'quarantine' as const, mode: 'enforce' as const }
      : given;
  if (!policy) return null;
  const action = failed(state, policy, plan.name);
  if (REJECTING.includes(action)) state.unreadable.add(plan.name.split('.')[0]!);
  return null;
}

type Converted = { readonly value: CellValue } | 'misfit' | 'null' | 'lone';

function convert(state: State, plan: ColumnPlan, node: JsonNode): Converted {
  const { type } = plan.field;
  if (plan.isJsonText) return someText(node, (text) => !text.isWellFormed()) ? 'lone' : { value: node.raw };
  if (typeof type === 'string') {
    if (node.kind === 'string' && !node.value.isWellFormed()) return 'lone';
    const override = state.overrides.get(plan.name);
    return readScalar(node, { type, clean: override?.clean ?? plan.clean, formats: override?.timeFormats ?? plan.timeFormats });
  }
  if (type.type === 'list') {
    if (node.kind !== 'array') return 'misfit';
    return { value: node.items.map((item) => readValue(state, plan.children[0]!, item)) };
  }
  if (node.kind !== 'object') return 'misfit';
  if (type.type === 'struct') return { value: plan.children.map((child) => readColumn(state, child, node)) };
  return convertMap(state, plan, node.members);
}

function convertMap(state: State, plan: ColumnPlan, members: readonly JsonMember[]): Converted {
  const [keyPlan, valuePlan] = plan.children as [ColumnPlan, ColumnPlan];
  const entries = members.map(({ key, node }): readonly [CellValue, CellValue] => [
    readKey(state, keyPlan, key),
    readValue(state, valuePlan, node),
  ]);
  const isAsSent = keyPlan.field.type === 'string' && keyPlan.clean.filter((step) => step !== 'coerce').length === 0;
  const keys = entries.map(([key]) => key).filter((key) => key !== null);
  if (!isAsSent && new Set(keys.map(String)).size < keys.length) return 'misfit';
  return { value: entries };
}

function readKey(state: State, plan: ColumnPlan, key: string): CellValue {
  if (!key.isWellFormed()) {
    state.unreadable.add(plan.name.split('.')[0]!);
    return null;
  }
  return readValue(state, plan, { kind: 'string', value: key, raw: JSON.stringify(key) });
}

function judgeEventTime(state: State, row: ReadonlyMap<string, CellValue>, kafkaMs: number): void {
  const plan = state.program.eventTime;
  const value = plan && row.get(plan.column);
  if (!plan || typeof value !== 'bigint') return;
  const difference = value - BigInt(kafkaMs) * 1000n;
  if (plan.maxAheadMs !== null && difference > BigInt(plan.maxAheadMs) * 1000n) failed(state, plan.ahead, plan.column);
  if (plan.maxBehindMs !== null && -difference > BigInt(plan.maxBehindMs) * 1000n) failed(state, plan.behind, plan.column);
}

interface Unread {
  readonly count: number;
  readonly text: string | undefined;
}

/** Where plans read, relative to a node: the plans that sit at it and the paths that lead below it. */
interface Reading {
  readonly state: State;
  readonly conditions: readonly (readonly string[])[];
}

function unreadOf(node: JsonNode, plans: readonly ColumnPlan[], { state, conditions }: Reading): Unread {
  const readers = plans.flatMap((plan) => (state.overrides.get(plan.name)?.paths ?? plan.paths).map((path) => ({ plan, path })));
  return unreadAt(state, node, [...readers, ...conditions.map((path) => ({ plan: undefined, path }))]);
}

interface PathReader {
  /** undefined: a variant's condition. */
  readonly plan: ColumnPlan | undefined;
  readonly path: readonly string[];
}

function unreadAt(state: State, node: JsonNode, readers: readonly PathReader[]): Unread {
  const here = readers.filter(({ path }) => path.length === 0).map(({ plan }) => plan);
  const isWhole = here.some((plan) => !plan || plan.isJsonText || typeof plan.field.type === 'string');
  if (isWhole) return NOTHING;
  const inner = here.flatMap((plan) => innerReaders(state, plan!, node));
  const all = [...readers.filter(({ path }) => path.length > 0), ...inner];
  if (node.kind === 'array') return unreadItems(state, node.items, here as readonly ColumnPlan[]);
  if (node.kind !== 'object') return NOTHING;
  const isStruct = here.some((plan) => typeof plan!.field.type !== 'string' && plan!.field.type.type === 'struct');
  // Read as a list that it is not, or as a map: nothing else in it is anybody's business.
  if (all.length === 0 && here.length > 0 && !isStruct) return unreadValues(state, node.members, here as readonly ColumnPlan[]);
  return unreadMembers(state, node.members, all);
}

const NOTHING: Unread = { count: 0, text: undefined };

function innerReaders(state: State, plan: ColumnPlan, node: JsonNode): PathReader[] {
  if (node.kind !== 'object' || typeof plan.field.type === 'string' || plan.field.type.type !== 'struct') return [];
  // Even a struct without members leaves its members unread.
  return plan.children.flatMap((child) => (state.overrides.get(child.name)?.paths ?? child.paths).map((path) => ({ plan: child, path })));
}

function unreadMembers(state: State, members: readonly JsonMember[], readers: readonly PathReader[]): Unread {
  const texts: string[] = [];
  let count = 0;
  const seen = new Set<string>();
  for (const { key, rawKey, node } of members) {
    const below = readers.filter(({ path }) => path[0] === key).map(({ plan, path }) => ({ plan, path: path.slice(1) }));
    const isKnown = below.length > 0;
    if (isKnown && seen.has(key)) continue;
    seen.add(key);
    const isStepOnly = isKnown && below.every(({ path }) => path.length > 0);
    if (!isKnown || (isStepOnly && node.kind !== 'object' && node.kind !== 'null')) {
      count++;
      texts.push(`${rawKey}:${node.raw}`);
      continue;
    }
    const unread = unreadAt(state, node, below);
    count += unread.count;
    if (unread.text !== undefined) texts.push(`${rawKey}:${unread.text}`);
  }
  return { count, text: count > 0 ? `{${texts.join(',')}}` : undefined };
}

function unreadItems(state: State, items: readonly JsonNode[], plans: readonly ColumnPlan[]): Unread {
  const elements = plans.flatMap((plan) => entryPlan(plan, 'list'));
  if (elements.length === 0) return NOTHING;
  const found = items.map((item) => unreadAt(state, item, elements));
  const count = found.reduce((sum, each) => sum + each.count, 0);
  return { count, text: count > 0 ? `[${found.map(({ text }) => text ?? 'null').join(',')}]` : undefined };
}

function entryPlan(plan: ColumnPlan, kind: 'list' | 'map'): PathReader[] {
  const value = typeof plan.field.type !== 'string' && plan.field.type.type === kind ? plan.children[plan.children.length - 1] : undefined;
  return value ? [{ plan: value, path: [] }] : [];
}

function unreadValues(state: State, members: readonly JsonMember[], plans: readonly ColumnPlan[]): Unread {
  const values = plans.flatMap((plan) => entryPlan(plan, 'map'));
  if (values.length === 0) return NOTHING;
  const texts: string[] = [];
  let count = 0;
  for (const { rawKey, node } of members) {
    const unread = unreadAt(state, node, values);
    count += unread.count;
    if (unread.text !== undefined) texts.push(`${rawKey}:${unread.text}`);
  }
  return { count, text: count > 0 ? `{${texts.join(',')}}` : undefined };
}
