// A source with all its mutants in it, each behind a question whether it is in force: loaded once, it serves any number of mutants.
import type { Mutant } from './mutants.ts';

const ACTIVE = new URL('./active.ts', import.meta.url).href;

/** The text of a file with every mutant of it; ids are 1 and up, in the order of all mutants. */
export function withMutants(text: string, { file, mutants }: { readonly file: string; readonly mutants: readonly Mutant[] }): string {
  const places = new Map<string, Place>();
  for (const [i, { whole, file: of }] of mutants.entries()) {
    if (of !== file) continue;
    const key = `${whole.start} ${whole.end}`;
    const place = places.get(key) ?? { start: whole.start, end: whole.end, changes: [], inner: [] };
    place.changes.push({ id: i + 1, after: whole.after, isStatement: whole.isStatement });
    places.set(key, place);
  }
  const root: Place = { start: 0, end: text.length, changes: [], inner: [] };
  const open: Place[] = [root];
  for (const place of [...places.values()].sort((a, b) => a.start - b.start || b.end - a.end)) {
    while (open.at(-1)!.end < place.end || open.at(-1)!.end <= place.start) open.pop();
    open.at(-1)!.inner.push(place);
    open.push(place);
  }
  return `import { isActive as __isActive } from '${ACTIVE}';${render(text, root)}`;
}

interface Place {
  readonly start: number;
  readonly end: number;
  readonly changes: { readonly id: number; readonly after: string; readonly isStatement: boolean }[];
  readonly inner: Place[];
}

function render(text: string, { start, end, changes, inner }: Place): string {
  let made = '';
  let at = start;
  for (const place of inner) {
    made += text.slice(at, place.start) + render(text, place);
    at = place.end;
  }
  made += text.slice(at, end);
  for (const { id, after, isStatement } of changes) {
    made = isStatement ? `{if(__isActive(${id})){${after}}else{${made}}}` : `(__isActive(${id})?(${after}):(${made}))`;
  }
  return made;
}
