// One compression context of the engine's zstd, kept between pages. The engine's synchronous call makes a stream and a context for every
// page and frees them again, which takes longer than compressing what most pages hold, in fresh memory each time. A stream's native handle
// compresses a whole frame per call and is as new behind it; libraries have driven it so for years, yet it is no documented interface:
// where it is missing, fails, or does not do what the documented call does, the documented call is made. Both give the same bytes.
import { constants, createZstdCompress, zstdCompressSync } from 'node:zlib';

/** Parameters of the compressor by number. */
export type ZstdParams = Readonly<Record<number, number>>;

/** Compresses to one frame that says its content's size; the result shares no memory with the input. */
export type ZstdContext = (raw: Buffer) => Buffer;

interface Handle {
  writeSync(flush: number, from: Uint8Array, at: number, length: number, into: Uint8Array, intoAt: number, room: number): void;
}

/** What is used of a stream, if it has it. */
interface HandleStream {
  readonly _handle?: Partial<Handle> | null;
  readonly _writeState?: unknown;
  on?(event: 'error', listener: () => void): unknown;
}

interface Opened {
  readonly handle: Handle;
  /** After a call: bytes of room left, bytes of input left. */
  readonly state: Uint32Array;
}

/**
 * A context of its own for these parameters; it is opened when it is first used and lives as long as the process. `makeStream`: another
 * engine's stream, for tests.
 */
export function zstdContext(params: ZstdParams, makeStream: (params: ZstdParams) => object = streamOf): ZstdContext {
  let opened: Opened | undefined;
  let isTried = false;
  let scratch = Buffer.alloc(0);
  return (raw) => {
    if (!isTried) {
      isTried = true;
      opened = attempt(() => open(params, makeStream(params)));
    }
    if (!opened || raw.length > KEPT_INPUT_MAX) return compressAlone(raw, params);
    const room = roomFor(raw.length);
    if (scratch.length < room) scratch = Buffer.allocUnsafeSlow(room);
    const kept = opened;
    const size = attempt(() => compressInto(kept, raw, scratch));
    if (size !== undefined) return Buffer.from(scratch.subarray(0, size));
    // A handle that failed once is not asked again.
    opened = undefined;
    return compressAlone(raw, params);
  };
}

/** The documented call. With room for all of the output zstd writes it in place, without buffers of its own. */
export function compressAlone(raw: Buffer, params: ZstdParams): Buffer {
  const stored = zstdCompressSync(raw, { params: { ...params }, chunkSize: roomFor(raw.length), pledgedSrcSize: raw.length });
  // What is kept must not keep the room it might have needed.
  return stored.length * 2 < raw.length ? Buffer.from(stored) : stored;
}

/**
 * The newest minor version of each major one whose handle the tests have driven. An engine checks what its own code hands to the handle by
 * ending the process, and Lambda takes newer versions by itself: a newer one is not tried, it only costs the documented call's time.
 */
const DRIVEN: Readonly<Record<string, number>> = { 22: 15, 24: 21 };

/** Whether an engine of this version, as `process.versions.node` says it, is one whose handle is known. */
export function isDriven(version: string): boolean {
  const [major = '', minor] = version.split('.');
  const newest = DRIVEN[major];
  return newest !== undefined && Number(minor) <= newest;
}

function streamOf(params: ZstdParams): object {
  return isDriven(process.versions.node) ? createZstdCompress({ params: { ...params } }) : {};
}

/** Larger pages are rare, and the room for them would be kept. */
const KEPT_INPUT_MAX = 4 * 1024 * 1024;
/** What zstd may add to what it cannot compress, beside a 256th. Source: zstd.h, ZSTD_COMPRESSBOUND. */
const GROWTH = 1024;

function roomFor(size: number): number {
  return size + (size >>> 8) + GROWTH;
}

/** Undefined where the handle is not what it is expected to be: then a trial, the second frame above all, differs. */
function open(params: ZstdParams, stream: HandleStream): Opened | undefined {
  const { _handle: handle, _writeState: state } = stream;
  if (typeof handle?.writeSync !== 'function' || !(state instanceof Uint32Array)) return undefined;
  // An error of the engine's, as of memory it does not get, leaves `state` as it was, which the call at hand sees; the stream then tells it
  // once more as an event, which nobody else may be there for.
  stream.on?.('error', () => {});
  const opened = { handle: handle as Handle, state };
  const trial = Buffer.from('a trial; a trial of two frames; '.repeat(40), 'latin1');
  const room = Buffer.alloc(roomFor(trial.length));
  const expected = compressAlone(trial, params);
  for (let frame = 0; frame < 2; frame++) {
    const size = compressInto(opened, trial, room);
    if (size === undefined || !room.subarray(0, size).equals(expected)) return undefined;
  }
  return opened;
}

/** Undefined when it throws: whatever is wrong with page or memory, the documented call then says. */
function attempt<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}

/** The frame's size; undefined when it did not come out whole. */
function compressInto({ handle, state }: Opened, raw: Buffer, into: Buffer): number | undefined {
  state.fill(0xffff_ffff);
  handle.writeSync(constants.ZSTD_e_end, raw, 0, raw.length, into, 0, into.length);
  const [left, unread] = state;
  return unread === 0 && left! > 0 && left! < into.length ? into.length - left! : undefined;
}
