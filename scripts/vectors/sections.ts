// What a section of the vectors file is checked by: one function per section, from a vector to the claims it makes.

export type Vector = Readonly<Record<string, unknown>>;

export interface Check {
  readonly what: string;
  readonly expected: unknown;
  readonly got: unknown;
}

/** The checks of one vector; it passes when every expected value equals what was got. */
export type Section = (vector: Vector) => readonly Check[] | Promise<readonly Check[]>;

export interface VectorsFile {
  readonly vectors: Readonly<Record<string, readonly Vector[]>>;
}

export interface Failure {
  readonly section: string;
  readonly index: number;
  readonly vector: Vector;
  readonly reason: string;
}

export interface Outcome {
  readonly passed: number;
  readonly failures: readonly Failure[];
}

/** Runs every section; a section nobody checks, and an exception, are failures. */
export async function runVectors(file: VectorsFile, sections: Readonly<Record<string, Section>>): Promise<Outcome> {
  const failures: Failure[] = [];
  let passed = 0;
  for (const [name, vectors] of Object.entries(file.vectors)) {
    for (const [index, vector] of vectors.entries()) {
      const reason = await reasonOf(sections[name], vector);
      if (reason === undefined) passed += 1;
      else failures.push({ section: name, index, vector, reason });
    }
  }
  return { passed, failures };
}

async function reasonOf(section: Section | undefined, vector: Vector): Promise<string | undefined> {
  if (!section) return 'no check for this section';
  try {
    const wrong = (await section(vector)).filter((check) => !isSame(check.expected, check.got));
    if (wrong.length === 0) return undefined;
    return wrong.map((check) => `${check.what}: expected ${show(check.expected)}, got ${show(check.got)}`).join('; ');
  } catch (error) {
    return `threw ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Equality of JSON values, whatever the order of object members. */
export function isSame(left: unknown, right: unknown): boolean {
  return show(left) === show(right);
}

function show(value: unknown): string {
  return (
    JSON.stringify(value, (_key, member: unknown) => {
      if (typeof member === 'bigint') return `${member}n`;
      if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
      return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
    }) ?? 'undefined'
  );
}
