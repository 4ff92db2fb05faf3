// The product header `product.odps.yaml` (ODPS v1.0): which product a folder of contracts is, and which contract each output port
// promises. Read minimally: what Firn does not need is only checked for its kind.
import { type DocNode, readDocument } from './document.ts';
import { type Finding, hasErrors, newReport, quoted, type Report, refuse, sortedFindings } from './findings.ts';
import { describeNode, itemsOf, type MapNode, member, textOf } from './nodes.ts';
import { suggestion } from './suggest.ts';

export interface OutputPort {
  readonly name: string;
  readonly version: string;
  /** The `id` of an ODCS contract. */
  readonly contractId: string | undefined;
}
export interface Product {
  readonly id: string;
  readonly name: string | undefined;
  readonly status: string;
  readonly domain: string | undefined;
  readonly version: string | undefined;
  readonly outputPorts: readonly OutputPort[];
}
export type ProductResult =
  | { readonly ok: true; readonly product: Product; readonly warnings: readonly Finding[] }
  | { readonly ok: false; readonly findings: readonly Finding[] };

const KEYS = [
  'apiVersion',
  'kind',
  'id',
  'name',
  'version',
  'status',
  'domain',
  'tenant',
  'authoritativeDefinitions',
  'description',
  'customProperties',
  'tags',
  'inputPorts',
  'outputPorts',
  'managementPorts',
  'support',
  'team',
  'productCreatedTs',
];
const KEYS_11 = ['type', 'context', 'synonyms', 'deprecated'];
const PORT_KEYS = ['name', 'description', 'type', 'version', 'contractId', 'sbom', 'inputContracts'];
const PORT_KEYS_11 = ['context', 'synonyms', 'deprecated', 'id', 'tags', 'customProperties', 'authoritativeDefinitions', 'servers'];
const VERSIONS = ['v0.9.0', 'v1.0.0', 'v1.1.0'];

/** Reads a product header; never throws on account of the text. */
export function readProduct(text: string, options: { readonly file: string }): ProductResult {
  const report = newReport(options.file);
  const root = readDocument(text, report);
  const product = root && compileProduct(report, root);
  if (!product || hasErrors(report)) return { ok: false, findings: sortedFindings(report) };
  return { ok: true, product, warnings: sortedFindings(report) };
}

function compileProduct(report: Report, root: DocNode): Product | undefined {
  if (root.kind !== 'map')
    return refuse(report, root, { rule: 'product', message: `expected a data product as a map, got ${describeNode(root)}` });
  const apiVersion = needMember(report, root, 'apiVersion');
  if (apiVersion !== undefined && !VERSIONS.includes(apiVersion)) {
    refuse(report, member(root, 'apiVersion')!, {
      rule: 'api-version',
      message: `expected a known apiVersion, got ${quoted(apiVersion)}`,
      remedy: 'write apiVersion: v1.0.0',
    });
  }
  const is11 = apiVersion === 'v1.1.0';
  checkKnown(report, root, { what: 'a data product', keys: is11 ? [...KEYS, ...KEYS_11] : KEYS });
  const kind = needMember(report, root, 'kind');
  if (kind !== undefined && kind !== 'DataProduct') {
    refuse(report, member(root, 'kind')!, { rule: 'product', message: `expected kind DataProduct, got ${quoted(kind)}` });
  }
  const id = needMember(report, root, 'id');
  const status = needMember(report, root, 'status');
  const ports = readPorts(report, root, is11 ? [...PORT_KEYS, ...PORT_KEYS_11] : PORT_KEYS);
  if (id === undefined || status === undefined) return undefined;
  const optional = (key: string): string | undefined => textOf(member(root, key));
  return { id, status, name: optional('name'), domain: optional('domain'), version: optional('version'), outputPorts: ports };
}

function readPorts(report: Report, root: MapNode, keys: readonly string[]): readonly OutputPort[] {
  const list = member(root, 'outputPorts');
  if (list && list.kind !== 'list')
    refuse(report, list, { rule: 'product', message: `expected outputPorts as a list, got ${describeNode(list)}` });
  const ports: OutputPort[] = [];
  const seen = new Set<string>();
  for (const node of itemsOf(list)) {
    if (node.kind !== 'map') {
      refuse(report, node, { rule: 'product', message: `expected an output port as a map, got ${describeNode(node)}` });
      continue;
    }
    checkKnown(report, node, { what: 'an output port', keys });
    const name = needMember(report, node, 'name');
    const version = needMember(report, node, 'version');
    const contractNode = member(node, 'contractId');
    const contractId = textOf(contractNode);
    if (contractNode && contractId === undefined)
      refuse(report, contractNode, { rule: 'product', message: `expected contractId as text, got ${describeNode(contractNode)}` });
    if (name === undefined || version === undefined) continue;
    if (seen.has(`${name} ${version}`))
      refuse(report, node, { rule: 'product', message: `the output port ${quoted(name)} of version ${quoted(version)} is there twice` });
    seen.add(`${name} ${version}`);
    ports.push({ name, version, contractId });
  }
  return ports;
}

function needMember(report: Report, node: MapNode, key: string): string | undefined {
  const value = member(node, key);
  if (!value) return refuse(report, node, { rule: 'product', message: `expected '${key}', got none` });
  const text = textOf(value);
  if (text !== undefined) return text;
  return refuse(report, value, {
    rule: 'product',
    message: `expected '${key}' as text, got ${describeNode(value)}`,
    remedy: value.kind === 'scalar' ? 'put it in quotes' : '',
  });
}

function checkKnown(report: Report, node: MapNode, expected: { readonly what: string; readonly keys: readonly string[] }): void {
  for (const { key, keyPlace } of node.entries) {
    if (expected.keys.includes(key)) continue;
    refuse(report, keyPlace, {
      rule: 'product',
      message: `${quoted(key)} is no key of ${expected.what}`,
      remedy: suggestion(key, expected.keys),
    });
  }
}
