// Imported first by a fuzzing thread. It runs with the byte limits of foreign data lowered, so that an input that gets past one shows as memory at once.
import { LIMITS } from '../../../src/contract/limits.ts';

const MIB = 1024 * 1024;

/** What the whole process may grow by, whatever it is fed: the lowered limits and what the engine keeps until it collects. */
export const PROCESS_GROWTH_BYTES_MAX = 768 * MIB;

const LOWERED = {
  metadataBytesMax: 16 * MIB,
  avroValuesMax: 1_000_000,
  ledgerObjectBytesMax: 16 * MIB,
  parquetDecodedBytesMax: 64 * MIB,
  parquetPageReadBytesMax: 16 * MIB,
  parquetFooterBytesMax: 4 * MIB,
  puffinFooterBytesMax: 1 * MIB,
  puffinBlobBytesMax: 16 * MIB,
  deletionVectorDecodedBytesMax: 16 * MIB,
} satisfies Partial<Record<keyof typeof LIMITS, number>>;

// When this module is imported, before the decoders are: some of them take a limit into a constant.
Object.assign(LIMITS, LOWERED);
