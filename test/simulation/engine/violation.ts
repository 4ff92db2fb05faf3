// A promise that does not hold; the text begins with its number.

export class ViolationError extends Error {
  override readonly name = 'ViolationError';
}

export function violated(what: string): never {
  throw new ViolationError(what);
}

export function holds(condition: unknown, what: () => string): asserts condition {
  if (!condition) throw new ViolationError(what());
}
