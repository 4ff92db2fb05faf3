// Checks a document against the shapes of ODCS v3.0 to v3.2 (standard-shapes.ts): unknown keys with a suggestion, kinds, required
// keys, the version. Whatever passes here is a document other ODCS tools read; the compiler may take the kinds as given.
import { type Place, quoted, type Report, refuse, warn } from './findings.ts';
import { type DocNode, describeNode, entryOf, type MapNode, member, textOf } from './nodes.ts';
import { LOGICAL_TYPES, OPTION_SHAPES } from './option-shapes.ts';
import type { ObjectName, ObjectShape, Shape } from './shape.ts';
import { OBJECT_SHAPES } from './standard-shapes.ts';
import { suggestion } from './suggest.ts';

export type StandardVersion = '3.0' | '3.1' | '3.2';

const VERSIONS: Readonly<Record<string, StandardVersion>> = {
  'v3.0.0': '3.0',
  'v3.0.1': '3.0',
  'v3.0.2': '3.0',
  'v3.1.0': '3.1',
  'v3.2.0': '3.2',
};

/** Checks the whole document; returns the standard's version it is written in, undefined when it is no ODCS contract. */
export function checkStandard(report: Report, root: DocNode): StandardVersion | undefined {
  if (root.kind !== 'map') {
    return refuse(report, root, { rule: 'standard', message: `expected a data contract as a map, got ${describeNode(root)}` });
  }
  const version = readVersion(report, root);
  if (!version) return undefined;
  checkObject({ report, version }, root, 'contract');
  return version;
}

interface Check {
  readonly report: Report;
  readonly version: StandardVersion;
}

function readVersion(report: Report, root: MapNode): StandardVersion | undefined {
  const node = member(root, 'apiVersion');
  const remedy = `write apiVersion: v3.1.0; read are ${Object.keys(VERSIONS).join(', ')}`;
  if (!node) return refuse(report, root, { rule: 'api-version', message: 'expected apiVersion, got none', remedy });
  const text = textOf(node);
  const version = text !== undefined && Object.hasOwn(VERSIONS, text) ? VERSIONS[text] : undefined;
  if (version) return version;
  return refuse(report, node, { rule: 'api-version', message: `expected a known apiVersion, got ${describeNode(node)}`, remedy });
}

function checkObject(check: Check, node: DocNode, name: ObjectName): void {
  const shape = OBJECT_SHAPES[name];
  if (node.kind !== 'map') {
    refuse(check.report, node, { rule: 'standard', message: `expected ${shape.what} as a map, got ${describeNode(node)}` });
    return;
  }
  for (const key of shape.required ?? []) {
    const isRequired = entryOf(node, key) || (check.version === '3.0' && shape.openIn30);
    if (!isRequired) refuse(check.report, node, { rule: 'standard', message: `expected '${key}' in ${shape.what}, got none` });
  }
  for (const entry of node.entries) {
    const keyShape = shapeOfKey(shape, entry.key);
    if (keyShape) {
      if (isNewer(check, shape, entry.key)) warnNewer(check, entry.keyPlace, entry.key);
      checkShape(check, entry.value, keyShape);
    } else unknownKey(check, shape, entry);
  }
  if (name === 'property' || name === 'item') checkProperty(check, node);
}

function shapeOfKey(shape: ObjectShape, key: string): Shape | undefined {
  if (Object.hasOwn(shape.keys, key)) return shape.keys[key];
  return shape.since32 && Object.hasOwn(shape.since32, key) ? shape.since32[key] : undefined;
}

function isNewer(check: Check, shape: ObjectShape, key: string): boolean {
  return check.version !== '3.2' && !Object.hasOwn(shape.keys, key);
}

function warnNewer(check: Check, place: Place, key: string): void {
  const message = `'${key}' came with ODCS v3.2, the contract says v${check.version}`;
  refuse(check.report, place, { rule: 'standard', message, remedy: 'write apiVersion: v3.2.0' });
}

function unknownKey(check: Check, shape: ObjectShape, entry: { readonly key: string; readonly keyPlace: Place }): void {
  if (shape.open || (check.version === '3.0' && shape.known30?.includes(entry.key))) return;
  const known = [...Object.keys(shape.keys), ...(check.version === '3.2' ? Object.keys(shape.since32 ?? {}) : [])];
  const problem = {
    rule: 'standard',
    message: `${quoted(entry.key)} is no key of ${shape.what} in ODCS v${check.version}`,
    remedy: suggestion(entry.key, known),
  };
  if (check.version === '3.0' && shape.openIn30) warn(check.report, entry.keyPlace, problem);
  else refuse(check.report, entry.keyPlace, problem);
}

function checkShape(check: Check, node: DocNode, shape: Shape): void {
  if (typeof shape === 'object') {
    if ('object' in shape) {
      checkObject(check, node, shape.object);
      return;
    }
    if ('list' in shape && node.kind === 'list') {
      for (const item of node.items) checkShape(check, item, shape.list);
      return;
    }
    const fitting = 'either' in shape ? shape.either.find((candidate) => hasKind(node, candidate)) : undefined;
    if (fitting) {
      checkShape(check, node, fitting);
      return;
    }
  }
  if (!hasKind(node, shape)) wrongKind(check, node, shape);
}

function wrongKind(check: Check, node: DocNode, shape: Shape): void {
  const words = typeof shape === 'object' && 'words' in shape ? shape.words : undefined;
  const remedy = words ? suggestion(textOf(node) ?? '', words) : shape === 'text' && node.kind === 'scalar' ? 'put it in quotes' : '';
  const message = `expected ${lastKey(node.path)} as ${wordsFor(shape)}, got ${describeNode(node)}`;
  refuse(check.report, node, { rule: 'standard', message, remedy });
}

function lastKey(path: string): string {
  return `'${path.slice(path.lastIndexOf('.') + 1)}'`;
}

function hasKind(node: DocNode, shape: Shape): boolean {
  if (typeof shape === 'object') {
    if ('words' in shape) return shape.words.includes(textOf(node) ?? '');
    if ('list' in shape) return node.kind === 'list';
    if ('object' in shape) return node.kind === 'map';
    return shape.either.some((candidate) => hasKind(node, candidate));
  }
  if (shape === 'any') return true;
  if (node.kind !== 'scalar') return false;
  const isInteger = typeof node.value === 'bigint' || (typeof node.value === 'number' && Number.isInteger(node.value));
  switch (shape) {
    case 'text':
      return typeof node.value === 'string';
    case 'flag':
      return typeof node.value === 'boolean';
    case 'integer':
      return isInteger;
    case 'count':
      return isInteger && Number(node.value) >= 0;
    case 'number':
      return typeof node.value === 'bigint' || (typeof node.value === 'number' && Number.isFinite(node.value));
    case 'scalar':
      return true;
  }
}

function wordsFor(shape: Shape): string {
  if (typeof shape === 'string') return shape === 'count' ? 'a count from 0' : shape === 'scalar' ? 'a single value' : KIND_WORDS[shape];
  if ('words' in shape) return `one of ${shape.words.join(', ')}`;
  if ('list' in shape) return 'a list';
  if ('object' in shape) return 'a map';
  return shape.either.map(wordsFor).join(' or ');
}

const KIND_WORDS = { text: 'text', flag: 'true or false', integer: 'an integer', number: 'a number', any: 'a value' } as const;

/** The parts of a property that depend on its logical type. */
function checkProperty(check: Check, node: MapNode): void {
  const typeNode = member(node, 'logicalType');
  const logicalType = textOf(typeNode);
  const known = check.version === '3.2' ? LOGICAL_TYPES : LOGICAL_TYPES.slice(0, -2);
  if (typeNode && logicalType !== undefined && !known.some((type) => type === logicalType)) {
    const message = `${quoted(logicalType)} is no logical type of ODCS v${check.version}`;
    refuse(check.report, typeNode, { rule: 'logical-type', message, remedy: suggestion(logicalType, known) });
  }
  const options = member(node, 'logicalTypeOptions');
  if (!options) return;
  if (options.kind !== 'map') {
    refuse(check.report, options, { rule: 'standard', message: `expected logicalTypeOptions as a map, got ${describeNode(options)}` });
    return;
  }
  if (!typeNode && options.entries.length > 0) {
    refuse(check.report, options, { rule: 'standard', message: 'logicalTypeOptions without a logicalType', remedy: 'add the logicalType' });
    return;
  }
  const shapes = logicalType !== undefined && Object.hasOwn(OPTION_SHAPES, logicalType) ? OPTION_SHAPES[logicalType] : undefined;
  if (!shapes) return;
  for (const entry of options.entries) {
    if (Object.hasOwn(shapes, entry.key)) {
      checkShape(check, entry.value, shapes[entry.key]!);
      continue;
    }
    const message = `${quoted(entry.key)} is no option of the logical type ${logicalType}`;
    refuse(check.report, entry.keyPlace, { rule: 'standard', message, remedy: suggestion(entry.key, Object.keys(shapes)) });
  }
}
