/**
 * How many of `length` things in order are before a point: those for which `isBefore` holds, which are the first ones. Cost: log n calls.
 */
export function partitionPoint(length: number, isBefore: (i: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
