// Mutations of a JSON value: one or several of its nodes are replaced, removed, doubled, renamed or exchanged.
import type { Random } from './random.ts';

const TEXTS = [
  '',
  'x',
  '-1',
  '0',
  '__proto__',
  'constructor',
  'a'.repeat(300),
  '\ud800',
  '\u0000',
  'long',
  'int',
  'struct',
  'list',
  'null',
  '9999999999999999999',
];
const NUMBERS = [
  0,
  -0,
  1,
  -1,
  2,
  3,
  127,
  128,
  255,
  65_536,
  2 ** 31 - 1,
  -(2 ** 31),
  2 ** 31,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  -(2 ** 53),
  1e300,
  0.5,
  1e-300,
];

type Container = unknown[] | Record<string, unknown>;

/** A copy of `value` with some nodes changed; `other` is another value to take nodes from. */
export function mutateJson(value: unknown, other: unknown, random: Random): unknown {
  const box: Record<string, unknown> = { root: structuredClone(value) };
  const times = 1 + random.below(random.chance(4) ? 6 : 2);
  for (let i = 0; i < times; i++) mutateOnce(box, other, random);
  return box['root'];
}

function mutateOnce(box: Record<string, unknown>, other: unknown, random: Random): void {
  if (!Object.hasOwn(box, 'root')) box['root'] = leaf(random);
  const { container, key } = random.pick(placesOf(box));
  const set = (value: unknown) => put(container, key, value);
  const current = (container as Record<string | number, unknown>)[key];
  switch (random.below(9)) {
    case 0:
      set(leaf(random));
      break;
    case 1:
      remove(container, key);
      break;
    case 2:
      set(structuredClone(nodeOf(box, random)));
      break;
    case 3:
      set(structuredClone(nodeOf({ root: other }, random)));
      break;
    case 4:
      insert(container, key, structuredClone(random.chance(2) ? current : nodeOf({ root: other }, random)), random);
      break;
    case 5:
      rename(container, key, random);
      break;
    case 6:
      set(random.chance(2) ? [current] : { [random.pick(TEXTS)]: current });
      break;
    default:
      set(nudged(current, random));
  }
}

function leaf(random: Random): unknown {
  switch (random.below(6)) {
    case 0:
      return null;
    case 1:
      return random.chance(2);
    case 2:
      return random.pick(TEXTS);
    case 3:
      return random.chance(2) ? [] : {};
    default:
      return random.pick(NUMBERS);
  }
}

/** A value near the given one, of its own kind. */
function nudged(value: unknown, random: Random): unknown {
  if (typeof value === 'number') return random.chance(2) ? value + random.below(5) - 2 : random.pick(NUMBERS);
  if (typeof value === 'boolean') return !value;
  if (typeof value !== 'string') return leaf(random);
  const at = random.below(value.length + 1);
  switch (random.below(4)) {
    case 0:
      return value.slice(0, at);
    case 1:
      return value.slice(0, at) + random.pick(TEXTS) + value.slice(at);
    case 2:
      return value.slice(0, at) + String.fromCharCode(32 + random.below(95)) + value.slice(at + 1);
    default:
      return value.replace(/\d+/, () => String(random.pick(NUMBERS)));
  }
}

function put(container: Container, key: string | number, value: unknown): void {
  // By definition and not by assignment: `__proto__` is a member like any other.
  Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });
}

function remove(container: Container, key: string | number): void {
  if (Array.isArray(container)) container.splice(Number(key), 1);
  else delete container[key];
}

function insert(container: Container, key: string | number, value: unknown, random: Random): void {
  if (Array.isArray(container)) container.splice(Number(key), 0, value);
  else put(container, random.pick(TEXTS), value);
}

function rename(container: Container, key: string | number, random: Random): void {
  if (Array.isArray(container)) {
    container.reverse();
    return;
  }
  const value = container[key];
  remove(container, key);
  put(container, random.chance(2) ? random.pick(Object.keys(container).concat('x')) : String(nudged(String(key), random)), value);
}

interface Place {
  readonly container: Container;
  readonly key: string | number;
}

function placesOf(box: Record<string, unknown>): Place[] {
  const places: Place[] = [];
  const visit = (container: Container): void => {
    for (const key of Object.keys(container)) {
      places.push({ container, key });
      const value = (container as Record<string, unknown>)[key];
      if (typeof value === 'object' && value !== null && places.length < 5_000) visit(value as Container);
    }
  };
  visit(box);
  // The root alone is replaced rarely: most of what could be learned lies below.
  return places.length > 1 ? places.slice(1) : places;
}

function nodeOf(box: Record<string, unknown>, random: Random): unknown {
  if (!Object.hasOwn(box, 'root')) return null;
  const { container, key } = random.pick(placesOf(box));
  return (container as Record<string | number, unknown>)[key];
}
