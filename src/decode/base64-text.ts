// Base64 text into a buffer. What a record's value is goes to the engine's decoder, which is the fastest there is; for a short text, a key
// above all, the call would cost more than the text, so that is decoded here (RFC 4648 §4).

/** Longer text is worth the call. */
const SHORT_TEXT_MAX = 48;
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** Value of a digit by ASCII code, -1 for none. */
const SEXTETS = new Int32Array(128).fill(-1);
for (let value = 0; value < DIGITS.length; value++) SEXTETS[DIGITS.charCodeAt(value)] = value;

/** Buffer's own decoder without the checks of `write`, where the engine has it. */
type Decode = (this: Buffer, text: string, at: number, length: number) => number;
const decode: Decode =
  (Buffer.prototype as unknown as { readonly base64Write?: Decode }).base64Write ??
  function (text, at, length) {
    return this.write(text, at, length, 'base64');
  };

const write: Decode =
  (Buffer.prototype as unknown as { readonly latin1Write?: Decode }).latin1Write ??
  function (text, at, length) {
    return this.write(text, at, length, 'latin1');
  };

/** Writes a text's characters as bytes, the lower one of each. */
export function writeLatin1(bytes: Buffer, at: number, text: string): void {
  write.call(bytes, text, at, text.length);
}

/** Decodes base64 of `length` bytes to a position. False for other text: Node's decoder skips it and stops at padding, so bytes are missing. */
export function writeBase64(bytes: Buffer, at: number, base64: string, length: number): boolean {
  if (length === 0) return true;
  if (base64.length <= SHORT_TEXT_MAX && writeShort(bytes, at, base64, length)) return true;
  return at + length <= bytes.length && decode.call(bytes, base64, at, length) === length;
}

/** False for anything but the 64 digits and padding at the end: the engine then says what it is. */
function writeShort(bytes: Buffer, at: number, text: string, length: number): boolean {
  const whole = length - (length % 3);
  let i = 0;
  for (const end = at + whole; at < end; at += 3, i += 4) {
    const bits = quadruple(text, i);
    if (bits < 0) return false;
    bytes[at] = bits >> 16;
    bytes[at + 1] = bits >> 8;
    bytes[at + 2] = bits;
  }
  const rest = length - whole;
  if (rest === 0) return true;
  const bits = (sextet(text, i) << 18) | (sextet(text, i + 1) << 12) | (rest === 2 ? sextet(text, i + 2) << 6 : 0);
  if (bits < 0) return false;
  bytes[at] = bits >> 16;
  if (rest === 2) bytes[at + 1] = bits >> 8;
  return true;
}

/** 24 bits; negative when one of the four is no digit. */
function quadruple(text: string, i: number): number {
  return (sextet(text, i) << 18) | (sextet(text, i + 1) << 12) | (sextet(text, i + 2) << 6) | sextet(text, i + 3);
}

function sextet(text: string, i: number): number {
  const code = text.charCodeAt(i);
  return code < 128 ? SEXTETS[code]! : -1;
}
