// JSON of foreign files, member by member: what is not of the kind it must be is refused in the words of the format that is read.
export type JsonObject = Readonly<Record<string, unknown>>;

export interface JsonShapes {
  readonly objectOf: (value: unknown, what: string) => JsonObject;
  readonly listOf: (value: unknown, what: string) => readonly unknown[];
  readonly textOf: (value: unknown, what: string) => string;
  /** A safe integer. */
  readonly integerOf: (value: unknown, what: string) => number;
}

/** Readers that throw what `refuse` gives: `what` is the member's name, `expected` has its article, `got` is a kind and no content. */
export function jsonShapes(refuse: (what: string, expected: string, got: string) => Error): JsonShapes {
  const shapeOf =
    <T>(expected: string, holds: (value: unknown) => boolean) =>
    (value: unknown, what: string): T => {
      if (!holds(value)) throw refuse(what, expected, kindOf(value));
      return value as T;
    };
  return {
    objectOf: shapeOf('an object', (value) => kindOf(value) === 'object'),
    listOf: shapeOf('an array', Array.isArray),
    textOf: shapeOf('text', (value) => typeof value === 'string'),
    integerOf: shapeOf('an integer', Number.isSafeInteger),
  };
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
