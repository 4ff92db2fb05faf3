// Reading the located tree: lenient accessors that give undefined for a wrong kind (the standard's shapes report it), and strict
// ones for the values of `firn.*` properties, which report it themselves.
import type { DocNode, ListNode, MapEntry, MapNode, ScalarNode } from './document.ts';
import { quoted, type Report, refuse } from './findings.ts';
import { suggestion } from './suggest.ts';

/** The value under a key of a map; undefined when it is absent or the node is no map. */
export function member(node: DocNode | undefined, key: string): DocNode | undefined {
  return entryOf(node, key)?.value;
}

export function entryOf(node: DocNode | undefined, key: string): MapEntry | undefined {
  return node?.kind === 'map' ? node.entries.find((entry) => entry.key === key) : undefined;
}

export function isNull(node: DocNode | undefined): boolean {
  return node === undefined || (node.kind === 'scalar' && node.value === null);
}

export function textOf(node: DocNode | undefined): string | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
}

export function flagOf(node: DocNode | undefined): boolean | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'boolean' ? node.value : undefined;
}

/** A safe integer. */
export function integerOf(node: DocNode | undefined): number | undefined {
  if (node?.kind !== 'scalar') return undefined;
  if (typeof node.value === 'bigint') return Number.isSafeInteger(Number(node.value)) ? Number(node.value) : undefined;
  return typeof node.value === 'number' && Number.isSafeInteger(node.value) ? node.value : undefined;
}

export function itemsOf(node: DocNode | undefined): readonly DocNode[] {
  return node?.kind === 'list' ? node.items : [];
}

export function entriesOf(node: DocNode | undefined): readonly MapEntry[] {
  return node?.kind === 'map' ? node.entries : [];
}

/** What a node is, in words, without its content where that may be long. */
export function describeNode(node: DocNode): string {
  if (node.kind === 'list') return `a list of ${node.items.length}`;
  if (node.kind === 'map') return 'a map';
  if (node.value === null) return 'null';
  if (typeof node.value === 'string') return `text ${quoted(node.value)}`;
  return `${typeof node.value === 'boolean' ? 'the boolean' : 'the number'} ${quoted(node.source)}`;
}

export function needMap(report: Report, node: DocNode, what: string): MapNode | undefined {
  if (node.kind === 'map') return node;
  return refuse(report, node, { rule: 'firn-value', message: `expected ${what} as a map, got ${describeNode(node)}` });
}

export function needList(report: Report, node: DocNode, what: string): ListNode | undefined {
  if (node.kind === 'list') return node;
  return refuse(report, node, { rule: 'firn-value', message: `expected ${what} as a list, got ${describeNode(node)}` });
}

export function needText(report: Report, node: DocNode, what: string): string | undefined {
  const text = textOf(node);
  if (text !== undefined) return text;
  return refuse(report, node, { rule: 'firn-value', message: `expected ${what} as text, got ${describeNode(node)}` });
}

/** One of a closed set of words. */
export function needWord<W extends string>(
  report: Report,
  node: DocNode,
  expected: { readonly what: string; readonly words: readonly W[] },
): W | undefined {
  const text = textOf(node);
  const word = expected.words.find((known) => known === text);
  if (word !== undefined) return word;
  const message = `expected ${expected.what} to be one of ${expected.words.join(', ')}, got ${describeNode(node)}`;
  return refuse(report, node, { rule: 'firn-value', message, remedy: text === undefined ? '' : suggestion(text, expected.words) });
}

/** Refuses every key that is not known. */
export function checkKeys(report: Report, node: MapNode, expected: { readonly what: string; readonly keys: readonly string[] }): void {
  for (const entry of node.entries) {
    if (expected.keys.includes(entry.key)) continue;
    const message = `${quoted(entry.key)} is no key of ${expected.what}`;
    refuse(report, entry.keyPlace, { rule: 'firn-key', message, remedy: suggestion(entry.key, expected.keys) });
  }
}

export type { DocNode, ListNode, MapEntry, MapNode, ScalarNode };
