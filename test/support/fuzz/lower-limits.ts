// A fuzzing process runs with the byte limits of foreign data lowered, so that an input that gets past one shows as memory at once.
import { LIMITS } from '../../../src/contract/limits.ts';

const MIB = 1024 * 1024;

/** What the whole process may grow by, whatever it is fed: the lowered limits and what the engine keeps until it collects. */
export const PROCESS_GROWTH_BYTES_MAX = 768 * MIB;

/** Lowers the limits for the rest of this thread's life. */
export function lowerLimits(): void {
  const lowered = {
    metadataBytesMax: 16 * MIB,
    ledgerObjectBytesMax: 16 * MIB,
    parquetDecodedBytesMax: 64 * MIB,
    parquetPageReadBytesMax: 16 * MIB,
    parquetFooterBytesMax: 4 * MIB,
  } satisfies Partial<Record<keyof typeof LIMITS, number>>;
  Object.assign(LIMITS, lowered);
}
