// Memory that the encoder works in, handed out from a stack: what one column chunk needs is given back before the next (promise 10, and no
// megabyte is allocated per page). Its content is not cleared. The room of the TypeScript kernels is a slab that grows to what a chunk
// has needed; that of the WebAssembly kernels is the free end of their arena.

export interface Room {
  u8(count: number): Uint8Array;
  u32(count: number): Uint32Array;
  i32(count: number): Int32Array;
  f64(count: number): Float64Array;
  /** At least `size` bytes, with SPARE_BYTES behind them that may be written. */
  bytes(size: number): Buffer;
  /** Where the stack stands. */
  mark(): number;
  /** Gives back all that was taken since the mark. */
  reset(to: number): void;
}

/** Behind every piece of bytes: kernels store 16 bytes at a time. */
export const SPARE_BYTES = 64;
const ALIGNMENT = 16;
/** A slab is kept up to this; what is larger is allocated as it is asked for. */
const SLAB_BYTES_MAX = 64 * 1024 * 1024;

/** A room over ordinary memory. */
export function heapRoom(): Room {
  let slab = new ArrayBuffer(0);
  let top = 0;
  const take = (size: number): Place => {
    const at = top;
    top += Math.ceil(size / ALIGNMENT) * ALIGNMENT;
    return top <= slab.byteLength ? { buffer: slab, at } : { buffer: new ArrayBuffer(size), at: 0 };
  };
  return roomOver(take, {
    mark: () => top,
    reset(to) {
      // A larger slab for what comes; what is held stays where it is.
      if (top > slab.byteLength && top <= SLAB_BYTES_MAX)
        slab = new ArrayBuffer(Math.min(SLAB_BYTES_MAX, Math.max(top, slab.byteLength * 2)));
      top = to;
    },
  });
}

export interface Place {
  readonly buffer: ArrayBuffer;
  readonly at: number;
}

/** A room that takes its memory, aligned to 16 bytes, from `take`. */
export function roomOver(take: (size: number) => Place, stack: Pick<Room, 'mark' | 'reset'>): Room {
  return {
    ...stack,
    u8(count) {
      const { buffer, at } = take(count);
      return new Uint8Array(buffer, at, count);
    },
    u32(count) {
      const { buffer, at } = take(count * 4);
      return new Uint32Array(buffer, at, count);
    },
    i32(count) {
      const { buffer, at } = take(count * 4);
      return new Int32Array(buffer, at, count);
    },
    f64(count) {
      const { buffer, at } = take(count * 8);
      return new Float64Array(buffer, at, count);
    },
    bytes(size) {
      const { buffer, at } = take(size + SPARE_BYTES);
      return Buffer.from(buffer, at, size + SPARE_BYTES);
    },
  };
}
