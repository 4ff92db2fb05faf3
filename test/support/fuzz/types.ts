// What a fuzz target is: a decoder of foreign bytes, in a harness that gets a mutated input past compression and checksums, so that
// the decoder behind them is what is tried and not zlib's own checks.

export interface FuzzTarget {
  /** Also the name of its corpus file. */
  readonly name: string;
  /** Targets of one family are run together by `--target FAMILY`. */
  readonly family: 'avro' | 'json' | 'parquet' | 'values' | 'ledger' | 'deletes' | 'events' | 'table';
  /** How inputs are mutated. `json+bytes`: one line of JSON, a newline, bytes. */
  readonly shape: 'bytes' | 'json' | 'json+bytes';
  /** Inputs to begin with, made by our own writers; the same in every run. */
  readonly seeds: () => readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  /**
   * Decodes one input as a reader would and checks what comes out. Returns (any value) where the input reads, throws
   * InputRefusedError where it is refused; anything else it throws is a finding.
   */
  readonly run: (input: Uint8Array) => unknown;
}

/** A first line of JSON and the bytes after it. */
export interface Framed {
  readonly head: unknown;
  readonly body: Buffer;
}

/** Takes a `json+bytes` input apart; undefined when a mutation broke its first line. */
export function unframe(input: Uint8Array): Framed | undefined {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.length);
  const end = bytes.indexOf(0x0a);
  if (end < 0) return undefined;
  try {
    return { head: JSON.parse(bytes.toString('utf8', 0, end)) as unknown, body: bytes.subarray(end + 1) };
  } catch {
    return undefined;
  }
}

/** The input of a head and a body. */
export function frame(head: unknown, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body]);
}
