// Limits of the landing path's memory (src/hot). Part of LIMITS (limits.ts).

const MIB = 1024 * 1024;

export const HOT_LIMITS = {
  /** Memories of landings kept for the next batch of a process; a larger one is given back to the system (untouched pages cost nothing). */
  arenasKeptMax: 2,
  arenaKeptBytesMax: 1024 * MIB,
  /** Share of a landing's records that are judged a second time, without the kernels, unless the contract says otherwise. */
  selfcheckShareDefault: 0.001,
} as const;
