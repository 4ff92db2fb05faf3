// The limits of Iceberg tables, part of LIMITS (limits.ts). Upholds promise 10 (bounded). Imports nothing.

const MIB = 1024 * 1024;

export const ICEBERG_LIMITS = {
  /** Values read from one Avro file, nulls included: 10,000 manifest entries × 6 statistics × 100 columns × 3 = 18 million. */
  avroValuesMax: 32_000_000,
  /** Manifests merged on append once a snapshot has more. */
  manifestsMax: 100,
  manifestTargetBytes: 8 * MIB,
  /**
   * Work of one commit on manifests: merged inputs, their bytes (10,000 entries of 12 columns, `manifestEntriesMax`; about half a second
   * of processor time, once in 10,000 commits of a file each), and objects read at once.
   */
  manifestMergeInputsMax: 200,
  manifestMergeBytesMax: 2 * MIB,
  manifestReadsAtOnce: 16,
  /** Manifests one rewrite takes in: decompressed, about ten times as much memory. */
  manifestRewriteBytesMax: 64 * MIB,
  /** A scan's filter: predicates and values in all, nesting. */
  filterPredicatesMax: 10_000,
  filterDepthMax: 1_000,
  /** Rows of all delete files that one scan keeps: 5 million keys of ~100 bytes. */
  deleteKeysMax: 5_000_000,
  /** New entries in one manifest. */
  manifestEntriesMax: 10_000,
  /** Snapshots looked at for conflicts with a change: a commit every second for more than an hour. */
  conflictHistoryMax: 5_000,
  /** Puffin files read: footer, one blob decompressed; memory of the positions of one deletion vector (one bit to two bytes each). */
  puffinFooterBytesMax: 16 * MIB,
  puffinBlobBytesMax: 256 * MIB,
  deletionVectorDecodedBytesMax: 256 * MIB,
  /** Metadata files kept in the metadata log. */
  metadataPreviousVersionsMax: 100,
} as const;
