// Object keys, as bytes → the node they lead to, without making strings. Messages of one producer repeat their key order, so each
// key remembers which key followed it last time and that one is compared first.
import type { ReadNode } from './read-plan.ts';
import { hashOf } from './scan.ts';
import { isAt } from './text-set.ts';

export interface KnownKey {
  readonly bytes: Buffer;
  readonly length: number;
  readonly hash: number;
  readonly node: ReadNode;
  /** Can its bytes stand in a message unescaped? Only then may raw bytes be compared with them. */
  readonly isPlain: boolean;
  /** The object it was last seen in. */
  seen: number;
  /** The key that followed last time; undefined when that was no plain known key. */
  next: KnownKey | undefined;
}

export interface KeyTable {
  /** Stands before the first key. */
  readonly head: KnownKey;
  readonly slots: readonly (KnownKey | undefined)[];
  readonly mask: number;
}

export function makeKeyTable(members: ReadonlyMap<string, ReadNode>): KeyTable {
  const size = 2 ** Math.ceil(Math.log2(members.size * 2 + 2));
  const slots: (KnownKey | undefined)[] = new Array(size).fill(undefined);
  const keys = [...members].map(([name, node]) => makeKey(name, node));
  keys.forEach((key, i) => {
    let at = slotOf(key.hash, size - 1);
    while (slots[at]) at = (at + 1) & (size - 1);
    slots[at] = key;
    const next = keys[i + 1];
    key.next = next?.isPlain ? next : undefined;
  });
  const [first] = keys;
  const head = makeKey('', EMPTY_NODE);
  head.next = first?.isPlain ? first : undefined;
  return { head, slots, mask: size - 1 };
}

function makeKey(name: string, node: ReadNode): KnownKey {
  const bytes = Buffer.from(name);
  const isPlain = bytes.every((byte) => byte >= 0x20 && byte !== 0x22 && byte !== 0x5c);
  return { bytes, length: bytes.length, hash: hashOf(bytes, 0, bytes.length), node, isPlain, seen: 0, next: undefined };
}

const EMPTY_NODE: ReadNode = {
  cell: undefined,
  captures: undefined,
  members: new Map(),
  keys: undefined,
  element: undefined,
  value: undefined,
  isRead: false,
  isWhole: false,
  tracksUnread: false,
};

function slotOf(hash: number, mask: number): number {
  return (hash ^ (hash >>> 15)) & mask;
}

/** The known key with these bytes (unescaped) and hash. */
export function findKey(table: KeyTable, bytes: Uint8Array, start: number, end: number, hash: number): KnownKey | undefined {
  for (let at = slotOf(hash, table.mask); ; at = (at + 1) & table.mask) {
    const key = table.slots[at];
    if (key === undefined) return undefined;
    if (key.hash === hash && isAt(bytes, start, end, key.bytes)) return key;
  }
}
