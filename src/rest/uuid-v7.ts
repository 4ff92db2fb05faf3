// UUID version 7 (RFC 9562 §5.7): 48 bits of milliseconds, then random bits, here taken from a random version 4 UUID.

/** `nowMs` since the epoch; `randomUuid` gives the 74 random bits. */
export function uuidV7({ nowMs, randomUuid }: { readonly nowMs: number; readonly randomUuid: string }): string {
  const time = Math.max(0, Math.floor(nowMs)).toString(16).padStart(12, '0').slice(-12);
  // Digits 13 and 17 of a version 4 UUID are its version and variant; the variant is the same here.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUuid.slice(15)}`;
}
