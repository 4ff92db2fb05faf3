// Arrays as the kernels see them: only those that lie in their arena, by address.
import type { Arena } from '../hot/memory.ts';
import { assertAddress } from '../hot/module.ts';

export interface ArenaArrays {
  /** Do all of the arrays lie in the arena? Asked before every call, so without a list of them. */
  isIn(a: ArrayBufferView, b?: ArrayBufferView, c?: ArrayBufferView, d?: ArrayBufferView, e?: ArrayBufferView): boolean;
  /** The address of an array that does, checked. */
  at(array: ArrayBufferView): number;
}

export function arraysOf({ buffer, memory }: Arena): ArenaArrays {
  return {
    isIn: (a, b = a, c = a, d = a, e = a) =>
      a.buffer === buffer && b.buffer === buffer && c.buffer === buffer && d.buffer === buffer && e.buffer === buffer,
    at: ({ byteOffset }) => {
      assertAddress(memory, byteOffset, 'an array of the encoder');
      return byteOffset;
    },
  };
}
