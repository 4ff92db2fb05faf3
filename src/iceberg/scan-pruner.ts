// A scan's filter prepared for every partition spec of a table: what each level of metadata is asked before it is read. Specs are
// prepared once, when their first manifest is seen.
import type { StructType } from '../contract/types.ts';
import { currentSchema } from './evolve.ts';
import { bindExpression } from './expressions/bind.ts';
import { matchesPartition, mayMatchFile, mayMatchSummaries, mustMatchFile } from './expressions/evaluate.ts';
import { type PartitionTerm, partitionTerms } from './expressions/partition-terms.ts';
import { projectInclusive, projectStrict } from './expressions/projection.ts';
import { residualOf } from './expressions/residual.ts';
import { ALWAYS_TRUE, type Bound, type Expression } from './expressions/types.ts';
import { specOf } from './manifest-write.ts';
import type { DataFile, ManifestFile, TableMetadata } from './types.ts';

export interface Pruner {
  readonly filter: Bound;
  /** By the summaries in the manifest list. */
  readonly mayHoldManifest: (manifest: ManifestFile) => boolean;
  /** By the partition tuple alone: what delete files are asked. */
  readonly mayHoldPartition: (file: DataFile) => boolean;
  /** By partition tuple and statistics. */
  readonly mayHoldFile: (file: DataFile) => boolean;
  /** Does every row of the file's partition match? */
  readonly mustHoldPartition: (file: DataFile) => boolean;
  /** Does every row of the file match, by its partition and, for what that leaves open, its statistics? Then it may be deleted by metadata alone. */
  readonly mustHoldFile: (file: DataFile) => boolean;
  readonly residual: (file: DataFile) => Bound;
}

/** Throws InputRefusedError where the filter does not fit the schema. */
export function prunerOf(metadata: TableMetadata, request: { readonly filter?: Expression; readonly schema?: StructType }): Pruner {
  const schema = request.schema ?? currentSchema(metadata);
  const filter = request.filter ? bindExpression(request.filter, schema) : ALWAYS_TRUE;
  const known = new Map<number, SpecFilter>();
  const specFilter = (specId: number): SpecFilter => {
    let made = known.get(specId);
    if (!made) {
      const terms = partitionTerms(specOf(metadata, specId), schema);
      made = { terms, inclusive: projectInclusive(filter, terms), strict: projectStrict(filter, terms) };
      known.set(specId, made);
    }
    return made;
  };
  const mayHoldPartition = (file: DataFile) => matchesPartition(specFilter(file.specId).inclusive, file.partition);
  const mustHoldPartition = (file: DataFile) => matchesPartition(specFilter(file.specId).strict, file.partition);
  const residual = (file: DataFile) => residualOf(filter, specFilter(file.specId).terms, file.partition);
  return {
    filter,
    mayHoldManifest: (manifest) => filter.type === 'true' || mayMatchSummaries(specFilter(manifest.specId).inclusive, manifest.partitions),
    mayHoldPartition,
    mayHoldFile: (file) => filter.type === 'true' || (mayHoldPartition(file) && mayMatchFile(filter, file)),
    mustHoldPartition,
    mustHoldFile: (file) => mustHoldPartition(file) || mustMatchFile(residual(file), file),
    residual,
  };
}

interface SpecFilter {
  readonly terms: readonly PartitionTerm[];
  readonly inclusive: Bound;
  readonly strict: Bound;
}
