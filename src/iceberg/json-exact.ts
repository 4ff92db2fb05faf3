// JSON whose integers stay exact beyond 2^53: snapshot ids are 64-bit. Reading, integers that no double holds become bigint;
// writing, bigint becomes a plain number. Uses the source text the JSON engine hands out, so no digit is ever guessed.

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** Parses JSON; integers outside the safe range are bigint. */
export function parseExact(text: string): unknown {
  const revive: Reviver = (_key, value, context) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    const source = context.source ?? '';
    return /^-?\d+$/.test(source) ? BigInt(source) : value;
  };
  return JSON.parse(text, revive as Parameters<typeof JSON.parse>[1]);
}

/** Writes JSON with bigint as numbers. */
export function stringifyExact(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => (typeof member === 'bigint' ? rawNumber(member) : member));
}

function rawNumber(value: bigint): unknown {
  const text = value.toString();
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);
}
