// Pages are compressed by one kept context of the engine: what it gives is what the engine's own call gives, page after page, and where
// it cannot be had that call is made.
import type { Writable } from 'node:stream';
import { constants, createZstdCompress, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compressAlone, isDriven, type ZstdParams, zstdContext } from '../../../src/parquet/zstd-context.ts';
import { seededRandom } from '../../support/fuzz/random.ts';

const PARAMS: ZstdParams = { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_windowLog]: 17 };

/** Texts that repeat, noise, zeros and single bytes, in sizes around what zstd treats differently. */
function* pages(seed: number, count: number): Generator<Buffer> {
  const random = seededRandom(seed);
  for (let i = 0; i < count; i++) {
    const size = random.pick([0, 1, 63, 512, 4096, 16_384, 16_385, 131_072, 131_073, 300_000]);
    const values = random.pick([1, 2, 20, 256]);
    const text = Buffer.from(Array.from({ length: random.pick([7, 40, 900]) }, () => random.below(values)));
    const page = Buffer.alloc(size, text);
    for (let change = random.below(200); change > 0 && size > 0; change--) page[random.below(size)] = random.below(256);
    yield page;
  }
}

type Handle = { writeSync(...given: unknown[]): void };
type Stream = { readonly _handle: Handle; readonly _writeState: Uint32Array };

/** The engine's stream, its handle's work changed by `change` from frame `from` on. */
function strangeStream(from: number, change: (stream: Stream, given: unknown[]) => void): (params: ZstdParams) => object {
  return (params) => {
    const stream = createZstdCompress({ params: { ...params } }) as unknown as Stream;
    let frames = 0;
    const writeSync = (...given: unknown[]) => {
      stream._handle.writeSync(...given);
      if (frames++ >= from) change(stream, given);
    };
    return { _handle: { writeSync }, _writeState: stream._writeState };
  };
}

describe('a kept zstd context', () => {
  it('gives the bytes of the engine’s own call, whatever pages came before', () => {
    const compress = zstdContext(PARAMS);
    const made = [...pages(5, 120)].map((page) => ({ page, frame: compress(page) }));
    for (const { page, frame } of made) {
      expect(frame.equals(compressAlone(page, PARAMS))).toBe(true);
      expect(zstdDecompressSync(frame).equals(page)).toBe(true);
    }
  });

  it('is tried on engines that were driven in tests, the one that runs here among them, and on no newer one', () => {
    expect(isDriven(process.versions.node)).toBe(true);
    expect(['22.15.0', '24.0.1', '24.21.9'].filter((version) => !isDriven(version))).toEqual([]);
    expect(['22.16.0', '23.11.0', '24.22.0', '25.0.0', '26.1.0', ''].filter(isDriven)).toEqual([]);
  });

  it('asks nothing of the engine but the page: the documented call is not made', () => {
    let frames = 0;
    const compress = zstdContext(
      PARAMS,
      strangeStream(0, () => frames++),
    );
    for (const page of pages(6, 20)) compress(page);
    expect(frames).toBe(20 + 2);
  });

  it('is not used where the engine has no such handle, or one that gives other bytes for the second frame', () => {
    let frames = 0;
    const otherBytes = strangeStream(1, (_stream, given) => {
      frames++;
      (given[4] as Buffer)[9]! ^= 1;
    });
    const streams = [() => ({}), () => ({ _handle: {} }), () => ({ _handle: { writeSync: () => {} }, _writeState: [0, 0] }), otherBytes];
    for (const makeStream of streams) {
      const compress = zstdContext(PARAMS, makeStream);
      for (const page of pages(7, 20)) expect(compress(page).equals(compressAlone(page, PARAMS))).toBe(true);
    }
    expect(frames).toBe(1);
  });

  it('is given up when a frame does not come out whole, and the page is compressed all the same', () => {
    const broken: readonly ((state: Uint32Array) => void)[] = [
      (state) => (state[1] = 5),
      (state) => (state[0] = 0),
      (state) => state.fill(0xffff_ffff),
    ];
    for (const breakIt of broken) {
      let frames = 0;
      const compress = zstdContext(
        PARAMS,
        strangeStream(6, ({ _writeState }) => {
          frames++;
          breakIt(_writeState);
        }),
      );
      for (const page of pages(8, 20)) expect(zstdDecompressSync(compress(page)).equals(page)).toBe(true);
      expect(frames).toBe(1);
    }
  });

  it('is given up when the engine itself fails, which ends neither the page nor the process', async () => {
    const streams: (Stream & Writable)[] = [];
    const compress = zstdContext(PARAMS, (params) => {
      // A stream that was promised five bytes refuses any other page; before that another one does its work.
      const stream = createZstdCompress({ params: { ...params }, pledgedSrcSize: 5 }) as unknown as Stream & Writable;
      const sound = createZstdCompress({ params: { ...params } }) as unknown as Stream;
      const refuse = stream._handle.writeSync.bind(stream._handle);
      let frames = 0;
      stream._handle.writeSync = (...given) => {
        if (frames++ >= 6) return refuse(...given);
        sound._handle.writeSync(...given);
        stream._writeState.set(sound._writeState);
      };
      streams.push(stream);
      return stream;
    });
    for (const page of pages(9, 20)) expect(zstdDecompressSync(compress(page)).equals(page)).toBe(true);
    const [stream] = streams;
    expect([streams.length, stream!.destroyed]).toEqual([1, true]);
    await new Promise((resolve) => stream!.once('close', resolve));
    expect(stream!.errored).toMatchObject({ code: 'ZSTD_error_srcSize_wrong' });
  });

  it('is given up when the handle or the making of it throws', () => {
    const refuse = () => {
      throw new TypeError('not here');
    };
    let calls = 0;
    const late = strangeStream(6, () => {
      calls++;
      refuse();
    });
    const early = strangeStream(0, () => {
      calls++;
      refuse();
    });
    for (const makeStream of [late, early, refuse]) {
      calls = 0;
      const compress = zstdContext(PARAMS, makeStream);
      for (const page of pages(10, 20)) expect(compress(page).equals(compressAlone(page, PARAMS))).toBe(true);
      expect(calls).toBe(makeStream === refuse ? 0 : 1);
    }
  });
});
