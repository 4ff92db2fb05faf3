// "Did you mean": the nearest known word, if it is near enough to be meant.

/** ` (did you mean x?)` or nothing. */
export function suggestion(got: string, known: readonly string[]): string {
  let best: { readonly word: string; readonly distance: number } | undefined;
  for (const word of known) {
    const distance = editDistance(got.toLowerCase(), word.toLowerCase());
    if (best === undefined || distance < best.distance) best = { word, distance };
  }
  if (best === undefined || best.distance > Math.max(2, Math.floor(got.length / 3))) return '';
  return ` (did you mean ${best.word}?)`;
}

/** Levenshtein distance, two rows at a time; words are cut at 64 characters. */
export function editDistance(a: string, b: string): number {
  const [left, right] = [a.slice(0, 64), b.slice(0, 64)];
  let previous = Array.from({ length: right.length + 1 }, (_, i) => i);
  for (let i = 1; i <= left.length; i++) {
    const row = [i];
    for (let j = 1; j <= right.length; j++) {
      const isSame = left[i - 1] === right[j - 1];
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (isSame ? 0 : 1)));
    }
    previous = row;
  }
  return previous[right.length]!;
}
