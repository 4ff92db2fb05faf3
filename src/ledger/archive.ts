// Classes of old offsets, moved out of the state so that a checkpoint stays small however classes alternate (promise 10). A segment is an
// object of its own, created once and never changed: by topic partition the ranges of each class. Coverage, counts and remembered
// timestamps stay in the state, which is all that deciding new records needs; who must know the class of an old offset reads segments
// from the newest to the oldest: a later one is right, and the state itself later than all.
import { assertInvariant } from '../errors.ts';
import { compressJson, decompressJson } from './entry-codec.ts';
import { count, list, object, type Reader, record, refuse, text } from './json-readers.ts';
import { countOffsets, isCanonical, normalizeRanges, type Ranges, subtractRanges, unionRanges } from './ranges.ts';
import { versionOne } from './shapes.ts';
import { type ArchivedCounts, classedOf, type LedgerState, NOTHING_ARCHIVED, type PartitionState } from './state.ts';

/** Ranges of one partition by class; of `accepted` by table. */
export interface SegmentPartition {
  readonly sourceId: string;
  readonly partition: number;
  readonly accepted: Readonly<Record<string, Ranges>>;
  readonly quarantined: Ranges;
  readonly filtered: Ranges;
  readonly absent: Ranges;
  readonly declared: Ranges;
  readonly inherited: Ranges;
}

const SINGLE = ['quarantined', 'filtered', 'absent', 'declared', 'inherited'] as const;

/** The bytes of a segment and the state without what it holds; undefined while the state has no more than `rangesMax` ranges. */
export function archiveClasses(
  state: LedgerState,
  { rangesMax, kept, name }: { readonly rangesMax: number; readonly kept: number; readonly name: string },
): { readonly bytes: Buffer; readonly state: LedgerState } | undefined {
  const all = [...state.sources.values()].flatMap(({ partitions }) => [...partitions.values()]);
  if (all.reduce((sum, partition) => sum + rangesIn(partition), 0) <= rangesMax) return undefined;
  const moved: SegmentPartition[] = [];
  const sources = [...state.sources].map(([sourceId, source]) => {
    const partitions = [...source.partitions].map(([id, partition]) => {
      const split = splitPartition(sourceId, partition, kept);
      if (split.moved) moved.push(split.moved);
      return [id, split.left] as const;
    });
    return [sourceId, { ...source, partitions: new Map(partitions) }] as const;
  });
  const bytes = compressJson({ version: 1, contract: state.contract, partitions: moved.map(toJson) });
  return { bytes, state: { ...state, sources: new Map(sources), segments: [...state.segments, name] } };
}

/** Gives a partition back the classes it has in segments, the newest first. Throws InvariantError when some are in none of them. */
export function restoreClasses(target: PartitionState, newestFirst: readonly SegmentPartition[]): void {
  addClasses(target, newestFirst);
  target.archived = NOTHING_ARCHIVED;
  assertInvariant(countOffsets(classedOf(target)) === countOffsets(target.covered), 'segments hold the class of every covered offset', {
    topicPartition: target.partition,
  });
}

/** The same with some segments gone: offsets whose class nobody knows any more are covered no more. */
export function restoreClassesLeft(target: PartitionState, newestFirst: readonly (SegmentPartition | 'gone')[]): void {
  const gone = newestFirst.indexOf('gone');
  const left = newestFirst.flatMap((held, i) => {
    if (held === 'gone') return [];
    // A redrive may stand in the one that is gone: what was quarantined before it may be elsewhere by now.
    return [gone >= 0 && i > gone ? { ...held, quarantined: [] } : held];
  });
  addClasses(target, left);
  target.archived = NOTHING_ARCHIVED;
  target.covered = classedOf(target);
}

function addClasses(target: PartitionState, newestFirst: readonly SegmentPartition[]): void {
  let known = classedOf(target);
  for (const held of newestFirst) {
    const fresh = (ranges: Ranges): Ranges => subtractRanges(ranges, known);
    for (const [table, ranges] of Object.entries(held.accepted)) {
      target.accepted.set(table, unionRanges(target.accepted.get(table) ?? [], fresh(ranges)));
    }
    for (const key of SINGLE) target[key] = unionRanges(target[key], fresh(held[key]));
    known = normalizeRanges([...known, ...Object.values(held.accepted).flat(), ...SINGLE.flatMap((key) => held[key])]);
  }
}

/** The partitions in the bytes of a segment; throws InputRefusedError when it is none of this contract. */
export function parseSegment(bytes: Uint8Array, at: { readonly name: string; readonly contract: string }): readonly SegmentPartition[] {
  const json = readSegment(decompressJson(bytes, `segment ${at.name}`), `segment ${at.name}`);
  if (json.contract !== at.contract) refuse(`segment ${at.name}.contract`, at.contract, json.contract);
  return json.partitions;
}

function rangesIn({ accepted, ...partition }: PartitionState): number {
  return [...accepted.values()].reduce((sum, { length }) => sum + length, 0) + SINGLE.reduce((sum, key) => sum + partition[key].length, 0);
}

/** All but the newest ranges go. */
function splitPartition(
  sourceId: string,
  partition: PartitionState,
  kept: number,
): { readonly left: PartitionState; readonly moved: SegmentPartition | undefined } {
  const starts = [...partition.accepted.values(), ...SINGLE.map((key) => partition[key])].flatMap((ranges) =>
    ranges.map(([start]) => start),
  );
  if (starts.length <= kept) return { left: partition, moved: undefined };
  const from = Float64Array.from(starts).sort()[starts.length - kept]!;
  const older = (ranges: Ranges): Ranges => ranges.filter(([start]) => start < from);
  const newer = (ranges: Ranges): Ranges => ranges.filter(([start]) => start >= from);
  const accepted = [...partition.accepted];
  const moved: SegmentPartition = {
    sourceId,
    partition: partition.partition,
    accepted: Object.fromEntries(accepted.map(([table, ranges]) => [table, older(ranges)])),
    quarantined: older(partition.quarantined),
    filtered: older(partition.filtered),
    absent: older(partition.absent),
    declared: older(partition.declared),
    inherited: older(partition.inherited),
  };
  const left: PartitionState = {
    ...partition,
    accepted: new Map(accepted.map(([table, ranges]) => [table, newer(ranges)])),
    quarantined: newer(partition.quarantined),
    filtered: newer(partition.filtered),
    absent: newer(partition.absent),
    declared: newer(partition.declared),
    inherited: newer(partition.inherited),
    archived: addArchived(partition.archived, moved),
  };
  return { left, moved };
}

function addArchived(counts: ArchivedCounts, moved: SegmentPartition): ArchivedCounts {
  return {
    accepted: counts.accepted + countOffsets(Object.values(moved.accepted).flat()),
    quarantined: counts.quarantined + countOffsets(moved.quarantined),
    filtered: counts.filtered + countOffsets(moved.filtered),
    absent: counts.absent + countOffsets(moved.absent),
    declared: counts.declared + countOffsets(moved.declared),
    inherited: counts.inherited + countOffsets(moved.inherited),
  };
}

/** Ranges as steps: gap before, length, gap before, length … which compress well where classes alternate. */
function toSteps(ranges: Ranges): number[] {
  let at = 0;
  return ranges.flatMap(([start, end]) => {
    const steps = [start - at, end - start];
    at = end;
    return steps;
  });
}

const steps: Reader<Ranges> = (value, at) => {
  const numbers = list(count)(value, at);
  const ranges: [number, number][] = [];
  let end = 0;
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    const start = end + numbers[i]!;
    end = start + numbers[i + 1]!;
    ranges.push([start, end]);
  }
  return numbers.length % 2 === 0 && Number.isSafeInteger(end) && isCanonical(ranges)
    ? ranges
    : refuse(at, 'pairs of gap and length', value);
};

function toJson({ accepted, ...segment }: SegmentPartition): Readonly<Record<string, unknown>> {
  const single = SINGLE.map((key) => [key, toSteps(segment[key])] as const);
  return {
    sourceId: segment.sourceId,
    partition: segment.partition,
    accepted: Object.fromEntries(Object.entries(accepted).map(([table, ranges]) => [table, toSteps(ranges)])),
    ...Object.fromEntries(single),
  };
}

interface SegmentJson {
  readonly version: 1;
  readonly contract: string;
  readonly partitions: readonly SegmentPartition[];
}

const readSegment: Reader<SegmentJson> = object<SegmentJson>({
  version: versionOne,
  contract: text,
  partitions: list(
    object<SegmentPartition>({
      sourceId: text,
      partition: count,
      accepted: record(steps),
      quarantined: steps,
      filtered: steps,
      absent: steps,
      declared: steps,
      inherited: steps,
    }),
  ),
});
