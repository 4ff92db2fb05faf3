// Parsed objects by the buffer they were parsed from. Objects of the protocol never change, and with the shortcuts the in-memory store
// gives every reader the buffer it stores, so the second reader of an object is given what the first one parsed.

/** The function, remembered by its bytes and by what else its result depends on; `fresh` makes of what is kept what a caller may change. */
export function memoised<A extends readonly unknown[], R>(
  parse: (bytes: Uint8Array, ...rest: A) => R,
  options: { readonly keyOf?: (...rest: A) => string; readonly fresh?: (kept: R) => R } = {},
): (bytes: Uint8Array, ...rest: A) => R {
  const kept = new WeakMap<Uint8Array, { readonly key: string; readonly result: R }>();
  return (bytes, ...rest) => {
    const key = options.keyOf?.(...rest) ?? '';
    const known = kept.get(bytes);
    const result = known?.key === key ? known.result : parse(bytes, ...rest);
    if (known?.key !== key) kept.set(bytes, { key, result });
    return options.fresh ? options.fresh(result) : result;
  };
}

interface Placed {
  readonly sequenceNumber: number;
  readonly addedSnapshotId: bigint;
  readonly firstRowId?: number | bigint | undefined;
  readonly specId?: number;
}

/** What the entries of a manifest take from its line in the list. */
export function lineKey({ sequenceNumber, addedSnapshotId, firstRowId, specId }: Placed): string {
  return `${sequenceNumber} ${addedSnapshotId} ${firstRowId} ${specId}`;
}

export function copied<T>(list: T[]): T[] {
  return [...list];
}
