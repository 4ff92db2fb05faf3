// A small seeded generator (xorshift128), so that a fuzz run is repeated by its seed.

export interface Random {
  /** An integer from 0 to `below` - 1. */
  below(below: number): number;
  pick<T>(items: readonly T[]): T;
  chance(oneIn: number): boolean;
}

export function seededRandom(seed: number): Random {
  let [a, b, c, d] = [seed ^ 0x9e3779b9, seed ^ 0x243f6a88, seed ^ 0xb7e15162, 0xdeadbeef];
  const next = (): number => {
    const t = a ^ (a << 11);
    [a, b, c] = [b, c, d];
    d = d ^ (d >>> 19) ^ t ^ (t >>> 8);
    return d >>> 0;
  };
  for (let i = 0; i < 20; i++) next();
  const below = (limit: number): number => (limit <= 1 ? 0 : next() % limit);
  return {
    below,
    pick: (items) => items[below(items.length)]!,
    chance: (oneIn) => below(oneIn) === 0,
  };
}
