// Where the bytes of a file go, in order. Small parts (headers, pages of few values, indexes) are copied into slabs that go on when they are
// full: a buffer of its own costs more than such a part is long, and its maker may use its memory again.

/** Parts up to this are copied. */
export const COPIED_BYTES_MAX = 2048;
const SLAB_BYTES = 16_384;

export interface FileParts {
  put(part: Buffer): void;
  /** Hands on what was copied; called at the end. */
  flush(): void;
}

/** `sink` gets the bytes in order; each of its parts is its own memory, where those above `COPIED_BYTES_MAX` were. */
export function fileParts(sink: (part: Buffer) => void): FileParts {
  let slab = Buffer.alloc(0);
  let from = 0;
  let used = 0;
  const flush = () => {
    if (used > from) sink(slab.subarray(from, used));
    from = used;
  };
  return {
    put(part) {
      if (part.length > COPIED_BYTES_MAX) {
        flush();
        sink(part);
        return;
      }
      if (used + part.length > slab.length) {
        flush();
        slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
        from = 0;
        used = 0;
      }
      slab.set(part, used);
      used += part.length;
    },
    flush,
  };
}
