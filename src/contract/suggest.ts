// "Did you mean": the known name nearest to an unknown one.

const LENGTH_MAX = 64;

/** The nearest known name within a third of the length (at least 2 edits), or undefined. Cost: names × length². */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  if (name.length > LENGTH_MAX) return undefined;
  const list = [...known];
  const longer = name.length >= 3 ? list.filter((candidate) => candidate.toLowerCase().startsWith(name.toLowerCase())) : [];
  if (longer.length === 1) return longer[0];
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of list) {
    if (candidate.length > LENGTH_MAX || Math.abs(candidate.length - name.length) >= bestDistance) continue;
    // Of two equally near names the one that begins alike.
    const start = candidate[0] === name[0] ? 0 : 0.5;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase()) + start;
    if (distance >= bestDistance || distance >= candidate.length) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

/** A remedy: the nearest name, else the list of what is known. */
export function suggestion(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  if (nearest !== undefined) return `did you mean '${nearest}'?`;
  return known.length === 0 ? '' : `known: ${known.slice(0, 24).join(', ')}${known.length > 24 ? ' …' : ''}`;
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let value = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) value = Math.min(value, beforeLast[j - 2]! + 1);
      row.push(value);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
