// The tree of everything a contract reads from a message: object keys down to the cells. One pass over a message serves all
// columns; a value that two columns read, or that is one of several paths of a column, is remembered by position and read again
// when its object is complete.
//
//   columns  a: paths [x.y]   b: struct, paths [x]   c: paths [p | q]
//   tree     x ─► cell b (struct) ─ keys {y ─► cell a}     p ─► capture c#0     q ─► capture c#1
import type { VariantPlan } from '../contract/compiled.ts';
import { assertInvariant } from '../errors.ts';
import { type Cell, OP } from './cells.ts';
import { type KeyTable, makeKeyTable } from './key-table.ts';

/** A place in the message. */
export interface ReadNode {
  cell: Cell | undefined;
  /** Candidates and conditions that want the position of this value. */
  captures: Capture[] | undefined;
  /** Known members, by name; frozen into `keys`. */
  readonly members: Map<string, ReadNode>;
  keys: KeyTable | undefined;
  /** Elements of a list. */
  element: ReadNode | undefined;
  /** Values of a map. */
  value: ReadNode | undefined;
  /** Some column takes this value (or refuses it by its type rule). False: only a step on the way to others. */
  isRead: boolean;
  /** Some column takes the value with all that is in it: nothing inside is undeclared. */
  isWhole: boolean;
  /** Members of unknown name inside are undeclared. */
  tracksUnread: boolean;
}

/** A cell that is read after its object: the first of its paths that was there. */
export interface Deferred {
  readonly cell: Cell;
  readonly node: ReadNode;
  /** Position per path, −1 while not there. */
  readonly starts: number[];
}

export type Capture =
  | { readonly kind: 'deferred'; readonly deferred: Deferred; readonly path: number }
  | { readonly kind: 'condition'; readonly condition: number };

/** A struct, or the message itself: cells that are complete when the object is. */
export interface Scope {
  readonly cells: readonly Cell[];
  readonly deferred: readonly Deferred[];
}

export interface ReadPlan {
  readonly root: ReadNode;
  readonly top: Scope;
  /** Scopes of all struct cells. */
  readonly scopes: ReadonlyMap<Cell, Scope>;
}

/** Builds the tree for the cells of one variant; all conditions of all variants are captured too. */
export function planReading(cells: readonly Cell[], variants: readonly VariantPlan[]): ReadPlan {
  const scopes = new Map<Cell, Scope>();
  const root = makeNode();
  const top = bindScope(cells, root, scopes);
  let condition = 0;
  for (const { when } of variants) {
    for (const { path } of when) {
      const node = nodeAt(root, path);
      node.isRead = true;
      node.isWhole = true;
      addCapture(node, { kind: 'condition', condition: condition++ });
    }
  }
  freeze(root, true);
  root.keys ??= makeKeyTable(root.members);
  return { root, top, scopes };
}

function makeNode(): ReadNode {
  return {
    cell: undefined,
    captures: undefined,
    members: new Map(),
    keys: undefined,
    element: undefined,
    value: undefined,
    isRead: false,
    isWhole: false,
    tracksUnread: true,
  };
}

function nodeAt(from: ReadNode, path: readonly string[]): ReadNode {
  let node = from;
  for (const key of path) {
    let next = node.members.get(key);
    if (!next) node.members.set(key, (next = makeNode()));
    node = next;
  }
  return node;
}

function addCapture(node: ReadNode, capture: Capture): void {
  node.captures ??= [];
  node.captures.push(capture);
}

/** Places cells relative to the object at `node`. */
function bindScope(cells: readonly Cell[], node: ReadNode, scopes: Map<Cell, Scope>): Scope {
  const deferred: Deferred[] = [];
  for (const cell of cells) {
    const nodes = cell.paths.map((path) => nodeAt(node, path));
    const [only] = nodes;
    if (nodes.length === 1 && only && !only.cell) bindCell(cell, only, scopes);
    else {
      const own = makeNode();
      bindCell(cell, own, scopes);
      freeze(own, false);
      const made: Deferred = { cell, node: own, starts: nodes.map(() => -1) };
      deferred.push(made);
      nodes.forEach((each, path) => {
        markRead(cell, each);
        addCapture(each, { kind: 'deferred', deferred: made, path });
      });
    }
  }
  return { cells, deferred };
}

function bindCell(cell: Cell, node: ReadNode, scopes: Map<Cell, Scope>): void {
  node.cell = cell;
  node.isRead = true;
  if (cell.op === OP.struct) scopes.set(cell, bindScope(cell.children, node, scopes));
  else if (cell.op === OP.list || cell.op === OP.map) {
    const entries = entriesOf(cell, node);
    assertInvariant(!entries.cell, 'a place in the message is read directly by one cell');
    bindCell(cell.children[cell.children.length - 1]!, entries, scopes);
  } else node.isWhole = true;
}

/** What a deferred cell will read is not undeclared. */
function markRead(cell: Cell, node: ReadNode): void {
  node.isRead = true;
  if (cell.op === OP.struct) {
    for (const member of cell.children) for (const path of member.paths) markRead(member, nodeAt(node, path));
  } else if (cell.op === OP.list || cell.op === OP.map) {
    markRead(cell.children[cell.children.length - 1]!, entriesOf(cell, node));
  } else node.isWhole = true;
}

/** The node of a list's elements or a map's values. */
function entriesOf(cell: Cell, node: ReadNode): ReadNode {
  if (cell.op === OP.list) return (node.element ??= makeNode());
  return (node.value ??= makeNode());
}

function freeze(node: ReadNode, tracks: boolean): void {
  node.tracksUnread = tracks && !node.isWhole;
  if (node.members.size > 0 || node.cell?.op === OP.struct) node.keys = makeKeyTable(node.members);
  for (const member of node.members.values()) freeze(member, node.tracksUnread);
  if (node.element) freeze(node.element, node.tracksUnread);
  if (node.value) freeze(node.value, node.tracksUnread);
}
