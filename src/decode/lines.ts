// Chunks of bytes → lines, for NDJSON of any size: memory is one line, bounded. Byte counts include the line end, so that a
// caller can hash exactly the prefix that lines 0…n−1 cover (DESIGN §5.7: the ledger remembers lines, bytes and SHA-256).
import { createHash } from 'node:crypto';
import { LIMITS } from '../contract/limits.ts';
import { InputRefusedError } from '../errors.ts';
import type { TruncatedValue } from './records.ts';

export interface Line {
  /** From 0. */
  readonly number: number;
  /** Without the line end (`\n` or `\r\n`) and, in line 0, without a UTF-8 byte order mark. */
  readonly bytes: Uint8Array;
  /** Bytes of the input this line takes, line end and byte order mark included. */
  readonly inputBytes: number;
  /** False for a last line that does not end in a newline. */
  readonly isTerminated: boolean;
  /** Of a line longer than allowed, where heads are kept: `bytes` is its beginning, this the whole. */
  readonly truncated?: TruncatedValue;
}

export interface LineOptions {
  readonly file: string;
  readonly lineBytesMax: number;
  /** Lines from here on are numbered; default 0. */
  readonly firstLine?: number;
  /** A longer line is given by its beginning, length and SHA-256, up to LIMITS.oversizeLineBytesMax, instead of ending the reading. */
  readonly keepsHeads?: boolean;
}

const LF = 0x0a;
const CR = 0x0d;

/** Splits at `\n`; a final line without one is yielded with `isTerminated: false`. The chunks begin at line `firstLine` (default 0)
 * of the file. Throws InputRefusedError for a longer line, unless heads are kept. */
export async function* readLines(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, options: LineOptions): AsyncGenerator<Line> {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let number = options.firstLine ?? 0;
  let head: LineHead | undefined;
  for await (const chunk of chunks) {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(LF, from);
      const part = chunk.subarray(from, end < 0 ? chunk.length : end);
      // +4: a byte order mark and a carriage return are no part of the value.
      if (!head && pendingBytes + part.length > options.lineBytesMax + 4) {
        if (!options.keepsHeads) throw tooLong(options, number);
        head = new LineHead(options, number);
        for (const one of pending) head.feed(one);
        pending = [];
      }
      head?.feed(part);
      if (end < 0) {
        if (head) break;
        if (part.length > 0) pending.push(Uint8Array.from(part));
        pendingBytes += part.length;
        break;
      }
      if (head) {
        yield head.finish(true);
        head = undefined;
        number++;
        pendingBytes = 0;
        from = end + 1;
        continue;
      }
      const whole = pending.length === 0 ? part : Buffer.concat([...pending, part]);
      yield makeLine(whole, { number, isTerminated: true, ...options });
      number++;
      pending = [];
      pendingBytes = 0;
      from = end + 1;
    }
  }
  if (head) yield head.finish(false);
  else if (pendingBytes > 0) yield makeLine(Buffer.concat(pending), { number, isTerminated: false, ...options });
}

function makeLine(whole: Uint8Array, about: LineOptions & { readonly number: number; readonly isTerminated: boolean }): Line {
  let start = 0;
  let end = whole.length;
  if (about.number === 0 && whole[0] === 0xef && whole[1] === 0xbb && whole[2] === 0xbf) start = 3;
  if (about.isTerminated && end > start && whole[end - 1] === CR) end--;
  if (end - start > about.lineBytesMax) {
    if (!about.keepsHeads) throw tooLong(about, about.number);
    const head = new LineHead(about, about.number);
    head.feed(whole);
    return head.finish(about.isTerminated);
  }
  return {
    number: about.number,
    bytes: whole.subarray(start, end),
    inputBytes: whole.length + (about.isTerminated ? 1 : 0),
    isTerminated: about.isTerminated,
  };
}

/** A line too long to be held: its beginning, and length and hash of all of it without its line end. */
class LineHead {
  readonly #hash = createHash('sha256');
  readonly #options: LineOptions;
  readonly #number: number;
  #head: Buffer = Buffer.alloc(0);
  #bytes = 0;
  #inputBytes = 0;
  /** The last byte so far: a carriage return before the line end is no part of the value. */
  #last: Uint8Array = Buffer.alloc(0);

  constructor(options: LineOptions, number: number) {
    this.#options = options;
    this.#number = number;
  }

  feed(part: Uint8Array): void {
    if (part.length === 0) return;
    const isFirst = this.#inputBytes === 0;
    this.#inputBytes += part.length;
    if (this.#inputBytes > LIMITS.oversizeLineBytesMax)
      throw tooLong({ ...this.#options, lineBytesMax: LIMITS.oversizeLineBytesMax }, this.#number);
    const own = isFirst && this.#number === 0 && part[0] === 0xef && part[1] === 0xbb && part[2] === 0xbf ? part.subarray(3) : part;
    this.#take(this.#last);
    this.#take(own.subarray(0, -1));
    this.#last = Uint8Array.from(own.subarray(-1));
  }

  finish(isTerminated: boolean): Line {
    if (!isTerminated || this.#last[0] !== CR) this.#take(this.#last);
    return {
      number: this.#number,
      bytes: this.#head,
      inputBytes: this.#inputBytes + (isTerminated ? 1 : 0),
      isTerminated,
      truncated: { bytes: this.#bytes, sha256: this.#hash.digest('hex') },
    };
  }

  #take(bytes: Uint8Array): void {
    if (this.#head.length < LIMITS.oversizeHeadBytes) {
      this.#head = Buffer.concat([this.#head, bytes.subarray(0, LIMITS.oversizeHeadBytes - this.#head.length)]);
    }
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }
}

function tooLong(options: { readonly file: string; readonly lineBytesMax: number }, number: number): InputRefusedError {
  return new InputRefusedError(
    `line ${number + 1} is too long to be read · expected at most ${options.lineBytesMax} bytes, got more · split it or leave it out`,
    { code: 'line-too-long', details: { file: options.file, line: number + 1, expected: `at most ${options.lineBytesMax} bytes` } },
  );
}
