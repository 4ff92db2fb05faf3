// Remembers what a regular expression said of recent texts: columns with patterns repeat their values, and RE2 in JavaScript
// costs far more than a look-up. Bounded in entries and in the length of a remembered text (promise 10).

const ENTRIES_MAX = 4_096;
const REMEMBERED_CHARS_MAX = 128;

/** The same predicate with a memory of two generations: the older is dropped when the younger is full. */
export function makeTextMatcher(test: (text: string) => boolean): (text: string) => boolean {
  let young = new Map<string, boolean>();
  let old = new Map<string, boolean>();
  return (text) => {
    const known = young.get(text) ?? old.get(text);
    if (known !== undefined) return known;
    const result = test(text);
    if (text.length > REMEMBERED_CHARS_MAX) return result;
    if (young.size >= ENTRIES_MAX) {
      old = young;
      young = new Map();
    }
    young.set(text, result);
    return result;
  };
}
