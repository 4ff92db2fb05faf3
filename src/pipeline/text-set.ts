// Membership of UTF-8 text in a small constant set, without making a string: hash, then bytes.
import { hashOf } from './scan.ts';

/** A predicate over bytes[start, end). */
export function makeTextSet(texts: readonly string[]): (bytes: Uint8Array, start: number, end: number) => boolean {
  const buckets = new Map<number, Buffer[]>();
  for (const text of texts) {
    const bytes = Buffer.from(text);
    const hash = hashOf(bytes, 0, bytes.length);
    buckets.set(hash, [...(buckets.get(hash) ?? []), bytes]);
  }
  return (bytes, start, end) => {
    const bucket = buckets.get(hashOf(bytes, start, end));
    return bucket?.some((text) => isAt(bytes, start, end, text)) ?? false;
  };
}

/** Is bytes[start, end) exactly `text`? */
export function isAt(bytes: Uint8Array, start: number, end: number, text: Uint8Array): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false;
  return true;
}
