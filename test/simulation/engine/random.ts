// A seeded source of chance: the same seed gives the same schedule, on every machine.

export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [0, bound). */
  below(bound: number): number;
  pick<T>(of: readonly T[]): T;
  /** One of the items, each as often as its weight says. */
  weighted<T>(of: readonly (readonly [weight: number, item: T])[]): T;
  shuffled<T>(of: readonly T[]): T[];
}

/** mulberry32: small, and good enough to choose schedules. */
export function makeRandom(seed: number): Random {
  let state = (seed * 0x9e3779b1) | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    next,
    below,
    pick: (of) => of[below(of.length)]!,
    weighted: (of) => {
      let at = next() * of.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, item] of of) {
        at -= weight;
        if (at < 0) return item;
      }
      return of.at(-1)![1];
    },
    shuffled: (of) => {
      const items = [...of];
      for (let i = items.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [items[i], items[j]] = [items[j]!, items[i]!];
      }
      return items;
    },
  };
}
