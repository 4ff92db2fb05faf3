// Chunks of bytes → lines, for NDJSON of any size: memory is one line, bounded. Byte counts include the line end, so that a
// caller can hash exactly the prefix that lines 0…n−1 cover (DESIGN §5.7: the ledger remembers lines, bytes and SHA-256).
import { InputRefusedError } from '../errors.ts';

export interface Line {
  /** From 0. */
  readonly number: number;
  /** Without the line end (`\n` or `\r\n`) and, in line 0, without a UTF-8 byte order mark. */
  readonly bytes: Uint8Array;
  /** Bytes of the input this line takes, line end and byte order mark included. */
  readonly inputBytes: number;
  /** False for a last line that does not end in a newline. */
  readonly isTerminated: boolean;
}

const LF = 0x0a;
const CR = 0x0d;

/** Splits at `\n`; a final line without one is yielded with `isTerminated: false`. The chunks begin at line `firstLine` (default 0)
 * of the file. Throws InputRefusedError for a longer line. */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: { readonly file: string; readonly lineBytesMax: number; readonly firstLine?: number },
): AsyncGenerator<Line> {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let number = options.firstLine ?? 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(LF, from);
      const part = chunk.subarray(from, end < 0 ? chunk.length : end);
      // +4: a byte order mark and a carriage return are no part of the value.
      if (pendingBytes + part.length > options.lineBytesMax + 4) throw tooLong(options, number);
      if (end < 0) {
        if (part.length > 0) pending.push(Uint8Array.from(part));
        pendingBytes += part.length;
        break;
      }
      const whole = pending.length === 0 ? part : Buffer.concat([...pending, part]);
      yield makeLine(whole, { number, isTerminated: true, ...options });
      number++;
      pending = [];
      pendingBytes = 0;
      from = end + 1;
    }
  }
  if (pendingBytes > 0) yield makeLine(Buffer.concat(pending), { number, isTerminated: false, ...options });
}

function makeLine(
  whole: Uint8Array,
  about: { readonly number: number; readonly isTerminated: boolean; readonly file: string; readonly lineBytesMax: number },
): Line {
  let start = 0;
  let end = whole.length;
  if (about.number === 0 && whole[0] === 0xef && whole[1] === 0xbb && whole[2] === 0xbf) start = 3;
  if (about.isTerminated && end > start && whole[end - 1] === CR) end--;
  if (end - start > about.lineBytesMax) throw tooLong(about, about.number);
  return {
    number: about.number,
    bytes: whole.subarray(start, end),
    inputBytes: whole.length + (about.isTerminated ? 1 : 0),
    isTerminated: about.isTerminated,
  };
}

function tooLong(options: { readonly file: string; readonly lineBytesMax: number }, number: number): InputRefusedError {
  return new InputRefusedError(
    `line ${number + 1} is too long to be read · expected at most ${options.lineBytesMax} bytes, got more · split it or leave it out`,
    { code: 'line-too-long', details: { file: options.file, line: number + 1, expected: `at most ${options.lineBytesMax} bytes` } },
  );
}
