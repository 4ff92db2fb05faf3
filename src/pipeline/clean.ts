// `firn.clean`: trim, lower, upper, nfc, empty-to-null, in the contract's order, before validation. ASCII text, the normal case,
// is cleaned in bytes; other text as a string with Unicode's rules, independent of any locale.
import type { BoundClean } from './cells.ts';
import { type Decoder, putText, reserve, textOf } from './decoder.ts';

/** Cleans the text read last; false when it became null. */
export function cleanText(d: Decoder, clean: BoundClean): boolean {
  for (const step of clean.steps) {
    switch (step) {
      case 'empty-to-null':
        if (d.textLength === 0) return false;
        break;
      case 'trim':
        trim(d);
        break;
      case 'lower':
        if (d.textIsAscii) mapAscii(d, { from: 0x41, to: 0x5a });
        else putText(d, textOf(d).toLowerCase());
        break;
      case 'upper':
        if (d.textIsAscii) mapAscii(d, { from: 0x61, to: 0x7a });
        else putText(d, textOf(d).toUpperCase());
        break;
      case 'nfc':
        if (!d.textIsAscii) putText(d, textOf(d).normalize('NFC'));
        break;
    }
  }
  return true;
}

/** Unicode White_Space (PropList.txt): not what String.trim removes (that takes U+FEFF and leaves U+0085). */
const WHITE_SPACE = /\p{White_Space}/u;

function trim(d: Decoder): void {
  if (d.textIsAscii) {
    trimAscii(d);
    return;
  }
  const text = textOf(d);
  let start = 0;
  let end = text.length;
  while (start < end && WHITE_SPACE.test(text[start]!)) start++;
  while (end > start && WHITE_SPACE.test(text[end - 1]!)) end--;
  if (end - start < text.length) putText(d, text.slice(start, end));
}

function trimAscii(d: Decoder): void {
  const b = d.scan.bytes;
  let start = d.textStart;
  let end = start + d.textLength;
  while (start < end && isAsciiSpace(b[start]!)) start++;
  while (end > start && isAsciiSpace(b[end - 1]!)) end--;
  d.textStart = start;
  d.textLength = end - start;
}

function isAsciiSpace(c: number): boolean {
  return c === 0x20 || (c >= 0x09 && c <= 0x0d);
}

/** Flips the case bit of letters in the range; the text moves to aux only if there is one. */
function mapAscii(d: Decoder, range: { readonly from: number; readonly to: number }): void {
  const { textStart, textLength } = d;
  const before = d.scan.bytes;
  let i = 0;
  while (i < textLength && !(before[textStart + i]! >= range.from && before[textStart + i]! <= range.to)) i++;
  if (i === textLength) return;
  reserve(d, textLength);
  const b = d.scan.bytes;
  for (i = 0; i < textLength; i++) {
    const c = b[textStart + i]!;
    b[d.auxTop + i] = c >= range.from && c <= range.to ? c ^ 0x20 : c;
  }
  d.textStart = d.auxTop;
  d.auxTop += textLength;
}
