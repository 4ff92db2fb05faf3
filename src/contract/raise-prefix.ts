// Upper bounds by a prefix: the least bytes, or text, above everything that begins with it. The last unit that can grow is raised by one and
// what follows it is left out; code points skip the surrogate range, which UTF-8 does not have. Shared by Parquet's statistics and
// Iceberg's bounds, which both are cut to a length.
import { isUtf8 } from 'node:buffer';

const SURROGATES_FIRST = 0xd800;
const SURROGATES_END = 0xe000;
const CODE_POINT_MAX = 0x10ffff;
/** A byte below it is a character of its own, and so is the next. */
const ASCII_MAX = 0x7f;

/** Undefined where no byte can grow. */
export function raiseBytes(prefix: Uint8Array): Uint8Array | undefined {
  let last = prefix.length - 1;
  while (last >= 0 && prefix[last] === 0xff) last--;
  if (last < 0) return undefined;
  // A copy: `slice` of a Buffer is a view, and the value itself must not change.
  const bytes = Uint8Array.from(prefix.subarray(0, last + 1));
  bytes[last]!++;
  return bytes;
}

/** Of whole characters. Undefined where no code point can grow, and for bytes that are no UTF-8: U+FFFD does not stand for their order. */
export function raiseText(prefix: Buffer): Uint8Array | undefined {
  if (!isUtf8(prefix)) return undefined;
  if (prefix.at(-1)! < ASCII_MAX) return raiseBytes(prefix);
  const points = Array.from(prefix.toString('utf8'), (char) => char.codePointAt(0)!);
  while (points.at(-1) === CODE_POINT_MAX) points.pop();
  const last = points.pop();
  if (last === undefined) return undefined;
  points.push(last + 1 === SURROGATES_FIRST ? SURROGATES_END : last + 1);
  return new Uint8Array(Buffer.from(String.fromCodePoint(...points), 'utf8'));
}
