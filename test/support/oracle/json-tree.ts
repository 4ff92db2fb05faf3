// JSON text → a plain tree that keeps what JSON.parse loses: every member in order (repeated ones too), raw texts, number texts.
// JSON.parse decides what is JSON; this only walks text that is.

export type JsonNode = { readonly raw: string } & (
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'number' }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'object'; readonly members: readonly JsonMember[] }
);

export interface JsonMember {
  readonly rawKey: string;
  readonly key: string;
  readonly node: JsonNode;
}

/** The tree of a text that is JSON; undefined when it is not. */
export function parseTree(text: string): JsonNode | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  const cursor = { text, at: 0 };
  space(cursor);
  return value(cursor);
}

interface Cursor {
  readonly text: string;
  at: number;
}

function space(cursor: Cursor): void {
  while (' \t\n\r'.includes(cursor.text[cursor.at] ?? 'x')) cursor.at++;
}

function value(cursor: Cursor): JsonNode {
  const from = cursor.at;
  const raw = () => cursor.text.slice(from, cursor.at);
  switch (cursor.text[from]) {
    case '{': {
      const members = list(cursor, '}', () => member(cursor));
      return { kind: 'object', members, raw: raw() };
    }
    case '[': {
      const items = list(cursor, ']', () => value(cursor));
      return { kind: 'array', items, raw: raw() };
    }
    case '"':
      token(cursor, /"(?:[^"\\]|\\.)*"/y);
      return { kind: 'string', value: JSON.parse(raw()) as string, raw: raw() };
    default:
      token(cursor, /[^\s,\]}]+/y);
      if (raw() === 'null') return { kind: 'null', raw: raw() };
      if (raw() === 'true' || raw() === 'false') return { kind: 'boolean', value: raw() === 'true', raw: raw() };
      return { kind: 'number', raw: raw() };
  }
}

function token(cursor: Cursor, pattern: RegExp): void {
  pattern.lastIndex = cursor.at;
  cursor.at += pattern.exec(cursor.text)![0].length;
}

function list<T>(cursor: Cursor, close: string, item: () => T): T[] {
  const items: T[] = [];
  cursor.at++;
  space(cursor);
  while (cursor.text[cursor.at] !== close) {
    items.push(item());
    space(cursor);
    if (cursor.text[cursor.at] === ',') cursor.at++;
    space(cursor);
  }
  cursor.at++;
  return items;
}

function member(cursor: Cursor): JsonMember {
  const from = cursor.at;
  token(cursor, /"(?:[^"\\]|\\.)*"/y);
  const rawKey = cursor.text.slice(from, cursor.at);
  space(cursor);
  cursor.at++;
  space(cursor);
  return { rawKey, key: JSON.parse(rawKey) as string, node: value(cursor) };
}

/** Containers around the deepest value. */
export function depthOf(node: JsonNode): number {
  if (node.kind === 'array') return 1 + node.items.reduce((max, item) => Math.max(max, depthOf(item)), 0);
  if (node.kind === 'object') return 1 + node.members.reduce((max, { node: child }) => Math.max(max, depthOf(child)), 0);
  return 0;
}

/** Does the predicate hold for some string value or key? */
export function someText(node: JsonNode, holds: (text: string) => boolean): boolean {
  if (node.kind === 'string') return holds(node.value);
  if (node.kind === 'array') return node.items.some((item) => someText(item, holds));
  return node.kind === 'object' && node.members.some((each) => holds(each.key) || someText(each.node, holds));
}

/** Is a key repeated in some object? */
export function hasRepeatedKey(node: JsonNode): boolean {
  if (node.kind === 'array') return node.items.some(hasRepeatedKey);
  if (node.kind !== 'object') return false;
  const keys = node.members.map(({ key }) => key);
  return new Set(keys).size < keys.length || node.members.some(({ node: child }) => hasRepeatedKey(child));
}
