// Limits of the landing path's memory (src/hot). Part of LIMITS (limits.ts).

const MIB = 1024 * 1024;

export const HOT_LIMITS = {
  /** Memories of landings kept for the next batch of a process; a larger one is given back to the system (untouched pages cost nothing). */
  arenasKeptMax: 2,
  arenaKeptBytesMax: 1024 * MIB,
  /** Largest memory of a landing: the kernels give addresses back as signed 32-bit integers. A batch that needs more goes without them. */
  arenaBytesMax: 2048 * MIB - 65_536,
  /** Bytes of memory set aside per byte of messages, at most, whatever earlier batches needed: one of few bytes needs much per byte. */
  arenaBytesPerByteMax: 32,
  /** Columns × variants of a table whose program the kernels are given: about 300 bytes each, copied into every batch's memory. */
  kernelCellsMax: 20_000,
  /** Share of a landing's records that are judged a second time, without the kernels, unless the contract says otherwise. */
  selfcheckShareDefault: 0.001,
} as const;
