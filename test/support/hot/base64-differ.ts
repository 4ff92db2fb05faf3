// Base64 decoded by the kernel beside the engine's: texts of all lengths and contents, as they are and with something wrong in them.
import { alloc, makeArena } from '../../../src/hot/memory.ts';
import { BASE64 } from '../../../src/hot/module.ts';
import { type Random, seededRandom } from '../fuzz/random.ts';

const ARENA = makeArena(1 << 20);
const AT = alloc(ARENA, 4096, 64);
const BYTES_MAX = 300;

/** What the kernel gets wrong of a seed's text and its mutations; undefined for nothing. */
export function base64Difference(seed: number): string | undefined {
  const random = seededRandom(seed);
  const text = textOf(random);
  for (const each of [text, ...mutationsOf(random, text)]) {
    const wrong = each.length > 0 && each.length % 4 === 0 ? differenceOf(each) : undefined;
    if (wrong !== undefined) return `${wrong} of ${JSON.stringify(each)}`;
  }
  return undefined;
}

function textOf(random: Random): string {
  const bytes = Buffer.alloc(1 + random.below(BYTES_MAX));
  const isAscii = random.chance(2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.below(isAscii ? 128 : 256);
  // One byte alone that is not ASCII, anywhere.
  if (isAscii && random.chance(2)) bytes[random.below(bytes.length)] = 128 + random.below(128);
  return bytes.toString('base64');
}

function mutationsOf(random: Random, text: string): string[] {
  const replaced = (at: number, char: string) => text.slice(0, at) + char + text.slice(at + 1);
  return [
    ...Array.from({ length: 8 }, () => replaced(random.below(text.length), String.fromCharCode(random.below(256)))),
    ...[...'-_= \n@[`{:*,.'].map((char) => replaced(random.below(text.length), char)),
    // Bits that no byte takes.
    text.replace(/.(?==)/, '/'),
    text.replace(/.(?===$)/, '/'),
    `${text}====`,
  ];
}

/** The kernel settles exactly the texts that say every one of their bits, and makes of them the engine's bytes, zero behind them. */
function differenceOf(text: string): string | undefined {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const size = (text.length / 4) * 3 - padding;
  const expected = Buffer.from(text, 'base64');
  const isPlain = /^[A-Za-z0-9+/]*={0,2}$/.test(text) && expected.toString('base64') === text;
  ARENA.bytes.fill(0xff, AT, AT + 1024);
  ARENA.bytes.write(text, AT, 'latin1');
  const answer = ARENA.kernels.decodeBase64(AT, text.length, size);
  if (!isPlain) return answer === BASE64.unsettled ? undefined : 'a fault';
  if (answer !== (expected.every((byte) => byte < 128) ? BASE64.ascii : BASE64.other)) return 'the answer';
  if (!ARENA.bytes.subarray(AT, AT + size).equals(expected)) return 'a byte';
  return ARENA.bytes[AT + size] === 0 ? undefined : 'the byte behind';
}
