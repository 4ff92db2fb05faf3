// JSON string escapes (RFC 8259 §7) → text. The input was scanned before, so every escape is well formed; a lone surrogate is
// kept where the target is a string and never comes here where it is bytes. Not through JSON.parse: for senders that escape all
// non-ASCII text this is the normal case.
import { hex4 } from './scan.ts';

/** Writes the UTF-8 text of bytes[start, end) to bytes from `to` on; returns the end. The result is never longer than the input. */
export function unescapeBytes(bytes: Uint8Array, start: number, end: number, to: number): number {
  for (let p = start; p < end; ) {
    const c = bytes[p]!;
    if (c !== 0x5c) {
      bytes[to++] = c;
      p++;
    } else if (bytes[p + 1] === 0x75) {
      let unit = hex4(bytes, p + 2);
      p += 6;
      if (unit >= 0xd800 && unit < 0xdc00) {
        unit = 0x10000 + ((unit - 0xd800) << 10) + (hex4(bytes, p + 2) - 0xdc00);
        p += 6;
      }
      to = writeCodePoint(bytes, to, unit);
    } else {
      bytes[to++] = SHORT[bytes[p + 1]!]!;
      p += 2;
    }
  }
  return to;
}

/** Two-character escapes by their second byte. */
const SHORT = new Uint8Array(256);
for (const [letter, byte] of Object.entries({ '"': 0x22, '\\': 0x5c, '/': 0x2f, b: 8, f: 12, n: 10, r: 13, t: 9 })) {
  SHORT[letter.charCodeAt(0)] = byte;
}

function writeCodePoint(bytes: Uint8Array, to: number, code: number): number {
  if (code < 0x80) bytes[to++] = code;
  else if (code < 0x800) {
    bytes[to++] = 0xc0 | (code >> 6);
    bytes[to++] = 0x80 | (code & 0x3f);
  } else if (code < 0x10000) {
    bytes[to++] = 0xe0 | (code >> 12);
    bytes[to++] = 0x80 | ((code >> 6) & 0x3f);
    bytes[to++] = 0x80 | (code & 0x3f);
  } else {
    bytes[to++] = 0xf0 | (code >> 18);
    bytes[to++] = 0x80 | ((code >> 12) & 0x3f);
    bytes[to++] = 0x80 | ((code >> 6) & 0x3f);
    bytes[to++] = 0x80 | (code & 0x3f);
  }
  return to;
}

/** The text as a string; lone surrogates stay as they are. For keys, where two texts are compared and nothing is stored. */
export function unescapeToString(bytes: Buffer, start: number, end: number): string {
  let text = '';
  let plain = start;
  for (let p = start; p < end; ) {
    if (bytes[p] !== 0x5c) {
      p++;
      continue;
    }
    text += bytes.toString('utf8', plain, p);
    const isUnit = bytes[p + 1] === 0x75;
    text += String.fromCharCode(isUnit ? hex4(bytes, p + 2) : SHORT[bytes[p + 1]!]!);
    p += isUnit ? 6 : 2;
    plain = p;
  }
  return text + bytes.toString('utf8', plain, end);
}
