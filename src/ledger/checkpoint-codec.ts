// A checkpoint as bytes and back (DESIGN §5.2): the state at entry n as plain JSON in zstd. Written from nothing but the fold of
// created entries (rule "checkpoint from own fold"); what is read is checked: classes disjoint, their union the coverage, counts
// those of the ranges.
import { LIMITS } from '../contract/limits.ts';
import { assertInvariant } from '../errors.ts';
import { type ClassCounts, PARK_REASONS, type SourceIdentity, type SourceRanges } from './entries.ts';
import { compressJson, decompressJson } from './entry-codec.ts';
import { count, flag, integer, list, literal, nullable, object, type Reader, ranges, record, refuse, text, tuple } from './json-readers.ts';
import { countOffsets, normalizeRanges, type Ranges } from './ranges.ts';
import { ALL_TIMES, growSpan, type TimeSpan } from './remember.ts';
import { classCounts, fileProgress, identity, partitionRanges, sourceRanges, versionOne } from './shapes.ts';
import {
  type ArchivedCounts,
  type BesidesState,
  countsOfSource,
  type LedgerState,
  NOTHING_ARCHIVED,
  type ParkState,
  type PartitionState,
  type SourceState,
  type TableState,
} from './state.ts';
import type { FileProgress } from './types.ts';

interface PartitionJson extends Omit<PartitionState, 'accepted' | 'spanMs' | 'maxEventTimeMs' | 'archived'> {
  readonly accepted: Readonly<Record<string, Ranges>>;
  readonly spanMs?: TimeSpan;
  readonly maxEventTimeMs?: number;
  readonly archived?: ArchivedCounts;
}
interface SourceJson {
  readonly sourceId: string;
  readonly topic: string;
  readonly observed: SourceIdentity;
  readonly parked?: ParkState;
  readonly partitions: readonly PartitionJson[];
  readonly counts: ClassCounts;
  readonly file?: FileProgress;
  readonly isMapped?: boolean;
  /** An older version wrote the newest generation alone. */
  readonly besides?: BesidesState | string;
}
interface TableJson extends Omit<TableState, 'uuid' | 'parked' | 'adopt'> {
  readonly uuid?: string;
  readonly parked?: ParkState;
  readonly adopt?: TableState['adopt'] & {};
}
interface CheckpointJson {
  readonly version: 1;
  readonly contract: string;
  readonly n: number;
  readonly sources: readonly SourceJson[];
  readonly tables: readonly TableJson[];
  /** Rule "checkpoint names decided descriptors": without them a decided descriptor would be taken for a covered one. */
  readonly decided: Readonly<Record<string, number>>;
  readonly ruleCounts: Readonly<Record<string, number>>;
  readonly segments?: readonly string[];
}

/** The bytes of the checkpoint of a state. */
export function encodeCheckpoint(state: LedgerState): Buffer {
  for (const source of state.sources.values()) {
    assertInvariant(sameCounts(source.counts, countsOfSource(source)), 'counts of a source are those of its ranges', {
      sourceId: source.sourceId,
    });
  }
  const json: CheckpointJson = {
    version: 1,
    contract: state.contract,
    n: state.n,
    sources: [...state.sources.values()].map(sourceToJson),
    tables: [...state.tables.values()].map(({ uuid, parked, adopt, ...table }) => ({ ...table, ...defined({ uuid, parked, adopt }) })),
    decided: Object.fromEntries(state.decided),
    ruleCounts: Object.fromEntries(state.ruleCounts),
    ...(state.segments.length > 0 ? { segments: state.segments } : {}),
  };
  return compressJson(json);
}

/** The state in the bytes of checkpoint `n`; throws InputRefusedError when it is none. */
export function parseCheckpoint(bytes: Uint8Array, n: number): LedgerState {
  const json = readCheckpoint(decompressJson(bytes, `checkpoint ${n}`), `checkpoint ${n}`);
  if (json.n !== n) refuse(`checkpoint ${n}.n`, `${n}`, json.n);
  return {
    contract: json.contract,
    n,
    sources: new Map(json.sources.map((source) => [source.sourceId, sourceFromJson(source)])),
    tables: new Map(json.tables.map((table) => [table.table, { ...table, uuid: table.uuid, parked: table.parked, adopt: table.adopt }])),
    decided: new Map(Object.entries(json.decided)),
    ruleCounts: new Map(Object.entries(json.ruleCounts)),
    segments: json.segments ?? [],
  };
}

function sourceToJson(source: SourceState): SourceJson {
  const { parked, file, isMapped, besides, partitions, ...rest } = source;
  return {
    ...rest,
    ...defined({ parked, file, isMapped: isMapped || undefined, besides }),
    partitions: [...partitions.values()].map(({ accepted, spanMs, maxEventTimeMs, archived, ...partition }) => ({
      ...partition,
      ...defined({ spanMs, maxEventTimeMs, archived: archived === NOTHING_ARCHIVED ? undefined : archived }),
      accepted: Object.fromEntries(accepted),
    })),
  };
}

function sourceFromJson(json: SourceJson): SourceState {
  const partitions = json.partitions.map((partition) => {
    const accepted = new Map(Object.entries(partition.accepted));
    const { absent, covered, declared, filtered, inherited, quarantined } = partition;
    const all = [...[...accepted.values()].flat(), ...quarantined, ...filtered, ...absent, ...declared, ...inherited];
    const archived = partition.archived ?? NOTHING_ARCHIVED;
    const elsewhere = Object.values(archived).reduce((sum, one) => sum + one, 0);
    const isWhole =
      countOffsets(all) + elsewhere === countOffsets(covered) &&
      countOffsets(normalizeRanges(all)) === countOffsets(all) &&
      countOffsets(normalizeRanges([...all, ...covered])) === countOffsets(covered);
    if (!isWhole) refuse(`checkpoint source partition ${partition.partition}`, 'disjoint classes that make up the coverage', partition);
    return { ...partition, accepted, archived, spanMs: partition.spanMs ?? spanOf(partition), maxEventTimeMs: partition.maxEventTimeMs };
  });
  const source = {
    ...json,
    parked: json.parked,
    file: json.file,
    isMapped: json.isMapped ?? false,
    besides: typeof json.besides === 'string' ? { newest: json.besides } : json.besides,
    partitions: new Map(partitions.map((partition) => [partition.partition, partition])),
  };
  if (!sameCounts(source.counts, countsOfSource(source))) refuse('checkpoint source counts', 'the counts of its ranges', json.counts);
  return source;
}

/**
 * The span that an older version did not write. Forgetting leaves three quarters of what is remembered at least, and begins above
 * LIMITS.rememberedMin: of less nothing was forgotten.
 */
function spanOf({ remembered, filteredRuns }: PartitionJson): TimeSpan | undefined {
  if (remembered.length >= LIMITS.rememberedMin / 2) return ALL_TIMES;
  return growSpan(undefined, { edges: remembered, filteredTimestamps: filteredRuns });
}

function sameCounts(a: ClassCounts, b: ClassCounts): boolean {
  return a.accepted === b.accepted && a.quarantined === b.quarantined && a.filtered === b.filtered && a.absent === b.absent;
}

/** The members that have a value. */
function defined<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

const parkState: Reader<ParkState> = object<ParkState>(
  { entry: count, reason: literal(...PARK_REASONS), message: text, applyThrough: count },
  ['applyThrough'],
);

const partitionJson: Reader<PartitionJson> = object<PartitionJson>(
  {
    partition: count,
    start: count,
    covered: ranges,
    accepted: record(ranges),
    quarantined: ranges,
    filtered: ranges,
    absent: ranges,
    declared: ranges,
    inherited: ranges,
    remembered: list(tuple<readonly [number, number]>(count, integer)),
    filteredRuns: list(tuple<readonly [number, number, number, number]>(count, count, integer, integer)),
    spanMs: tuple<TimeSpan>(integer, integer),
    maxEventTimeMs: integer,
    lastAtMs: count,
    archived: object<ArchivedCounts>({
      accepted: count,
      quarantined: count,
      filtered: count,
      absent: count,
      declared: count,
      inherited: count,
    }),
  },
  ['spanMs', 'maxEventTimeMs', 'archived'],
);

const besidesState: Reader<BesidesState> = object<BesidesState>({ newest: text, compared: list(partitionRanges) }, ['compared']);
const besides: Reader<BesidesState | string> = (value, at) => (typeof value === 'string' ? value : besidesState(value, at));

const readCheckpoint: Reader<CheckpointJson> = object<CheckpointJson>(
  {
    version: versionOne,
    contract: text,
    n: count,
    sources: list(
      object<SourceJson>(
        {
          sourceId: text,
          topic: text,
          observed: identity,
          parked: parkState,
          partitions: list(partitionJson),
          counts: classCounts,
          file: fileProgress,
          isMapped: flag,
          besides,
        },
        ['parked', 'file', 'isMapped', 'besides'],
      ),
    ),
    tables: list(
      object<TableJson>(
        {
          table: text,
          uuid: text,
          floor: count,
          pending: list(count),
          parked: parkState,
          instead: record(text),
          adopt: object<NonNullable<TableState['adopt']>>({ snapshotId: nullable(text), applied: count, entry: count }),
          removed: record(list<SourceRanges>(sourceRanges)),
        },
        ['uuid', 'parked', 'adopt'],
      ),
    ),
    decided: record(count),
    ruleCounts: record(count),
    segments: list(text),
  },
  ['segments'],
);
