// Texts of an event up to the last byte of their memory: what was taken can be closed, what cannot is not taken.
import { describe, expect, it } from 'vitest';
import { closeTexts, dropTexts, openTexts, putKey, putValue, type Texts } from '../../../src/decode/regular-texts.ts';

const SPARE_BYTES = 64;

function put(texts: Texts, size: number): boolean {
  return putValue(texts, Buffer.alloc(size, 'a').toString('base64'));
}

/** An arena with room for so many bytes, spare ones included. */
function texts(left: number): Texts {
  const opened = openTexts([], 0, true)!;
  expect(opened.arena).toBeDefined();
  while (opened.end - opened.at - left > 2 ** 19) expect(put(opened, 2 ** 18)).toBe(true);
  expect(put(opened, opened.end - opened.at - left - 1)).toBe(true);
  expect(opened.end - opened.at).toBe(left);
  return opened;
}

describe('the texts of an event in an arena', () => {
  it('fill it to its last byte or are left to the general way', () => {
    for (const size of [1, 30, 300]) {
      for (let short = -2; short <= 2; short++) {
        // A text, the 0 behind it, the spare bytes.
        const opened = texts(size + 1 + SPARE_BYTES - short);
        const isTaken = put(opened, size);
        expect(isTaken).toBe(short <= 0);
        if (isTaken) {
          const { bytes } = closeTexts(opened);
          expect(bytes.subarray(-SPARE_BYTES).every((byte) => byte === 0)).toBe(true);
          expect(bytes.subarray(-SPARE_BYTES - 1 - size, -SPARE_BYTES - 1).every((byte) => byte === 0x61)).toBe(true);
        }
        dropTexts(opened);
      }
    }
  });

  it('say nothing of ASCII for keys, and all of it for values', () => {
    const text = (char: string) => Buffer.from(char.repeat(40)).toString('base64');
    for (const [value, key, isAscii] of [
      ['a', 'é', true],
      ['é', 'a', false],
    ] as const) {
      const opened = openTexts([], 0, true)!;
      expect(putValue(opened, text(value)) && putKey(opened, text(key))).toBe(true);
      expect(closeTexts(opened).valuesAreAscii).toBe(isAscii);
      dropTexts(opened);
    }
  });
});
