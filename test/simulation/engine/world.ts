// One schedule's world and what its actors share: sources, checker, chance and the contract version in force.

import type { CompiledContract } from '../../../src/contract/compiled.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { ResolvedContract } from '../../../src/jobs/types.ts';
import { createPipeline } from '../../../src/pipeline/create-pipeline.ts';
import type { Ports } from '../../../src/ports.ts';
import { copyWorld } from '../../support/memory/copy-world.ts';
import type { PortCall } from '../../support/memory/faults.ts';
import { gameContract, KINDS, type Kind } from '../../support/memory/game.ts';
import { makeProcessPorts } from '../../support/memory/ports.ts';
import { type CatalogKind, MemoryWorld } from '../../support/memory/world.ts';
import { type Batch, Ghost } from './ghost.ts';
import { makeRandom, type Random } from './random.ts';
import { copySource, Producer, type Source } from './sources.ts';

export const ROOT = 's3://bucket/warehouse';

/** What a schedule stresses. */
export const FOCUSES = [
  'none',
  'none',
  'rollback',
  'orphans',
  'schema',
  'recreate',
  'topic',
  'plans',
  'faults',
  'sleepers',
  'history',
  'expiry',
  'filtered',
  'redrive',
  'compaction',
] as const;
export type Focus = (typeof FOCUSES)[number];

/** Long runs of filtered records, of which only a few timestamps are remembered. */
const MOSTLY_FILTERED: readonly Kind[] = ['n', 'n', 'n', 'n', 'n', 'a'];
/** Quarantined by one version, accepted by the other. */
const MOSTLY_MENDED: readonly Kind[] = ['c', 'c', 'c', 'c', 'a', 'x'];
/** Nothing is quarantined, so a landing writes one file and a commit one table. */
const CLEAN: readonly Kind[] = ['a', 'a', 'b', 'n'];
const CLEAN_AMONG_SMALL = 0.4;
const KINDS_OF: Partial<Record<Focus, readonly Kind[]>> = { filtered: MOSTLY_FILTERED, redrive: MOSTLY_MENDED };

/** What these stress is what others do. */
const WILD: ReadonlySet<Focus> = new Set(['rollback', 'recreate', 'expiry', 'orphans', 'compaction']);

export interface SimWorld {
  readonly seed: number;
  readonly random: Random;
  readonly memory: MemoryWorld;
  readonly producer: Producer;
  readonly sources: Source[];
  readonly ghost: Ghost;
  readonly focus: Focus;
  /** Without foreign actors nothing may be parked at all. */
  readonly isWild: boolean;
  /** Landers say which topic they read from. */
  readonly hasTopicIds: boolean;
  readonly rememberedTimestampsMax: number;
  /** Few events in a short time: what is rare comes more often. */
  readonly isBrief: boolean;
  /** How often calls fail, as a multiple of the usual. */
  readonly faultRate: number;
  readonly contracts: readonly string[];
  /** What each process is landing. */
  readonly batches: Map<string, Batch>;
  /** Contracts resolved some time ago, as a warm function keeps them. */
  readonly resolved: Map<string, ResolvedContract>;
  version: 1 | 2;
  /** Per table what somebody's removal of orphans has found and not deleted yet. */
  readonly orphans: Map<string, readonly string[]>;
  /** Groups of maintenance plans made so far, by contract. */
  readonly groups: Map<string, readonly { readonly plan: string; readonly group: number }[]>;
  /** Counts those who act without being a process, for their names. */
  quiet: number;
}

const CATALOGS: readonly (readonly [number, CatalogKind])[] = [
  [1, 'glue'],
  [1, 'sql'],
  [1, 'rest'],
];

export interface WorldOptions {
  readonly focus?: Focus;
  /** Seldom more than one topic, and mostly clean records. */
  readonly isSmall?: boolean;
}

export function makeWorld(seed: number, { focus: wanted, isSmall = false }: WorldOptions = {}): SimWorld {
  const random = makeRandom(seed);
  const memory = new MemoryWorld({ catalog: random.weighted(CATALOGS) });
  const chosen = random.pick(FOCUSES);
  const focus = wanted ?? chosen;
  const isFiltered = focus === 'filtered';
  const producer = new Producer(random, KINDS_OF[focus] ?? (isSmall && random.next() < CLEAN_AMONG_SMALL ? CLEAN : KINDS));
  const sources = [producer.topic('game.events', 'main', 2)];
  const more = isSmall ? 0.4 : 1;
  if (random.next() < 0.3 * more) sources.push(producer.file('game.events', 'lines'));
  if (random.next() < 0.2 * more) sources.push(producer.topic('game.clicks', 'clicks', 1));
  const batches = new Map<string, Batch>();
  const isWild = random.next() < (isFiltered ? 0 : WILD.has(focus) ? 1 : 0.7);
  // Few timestamps remembered: rows must be read for evidence. Not where topics are made again: what inherits or is mixed with
  // another topic's records has no rows of its own to read.
  const rememberedTimestampsMax = isFiltered ? 4 : focus === 'topic' || isWild ? 64 : random.pick([4, 64]);
  limitRemembered(rememberedTimestampsMax);
  return {
    seed,
    random,
    memory,
    producer,
    sources,
    ghost: new Ghost({ world: memory, sources, batchOf: (process) => batches.get(process) }),
    focus,
    isWild,
    hasTopicIds: random.next() < 0.3,
    rememberedTimestampsMax,
    isBrief: false,
    faultRate: focus === 'faults' ? 2 : 1,
    contracts: [...new Set(sources.map(({ contract }) => contract))],
    batches,
    resolved: new Map(),
    version: 1,
    orphans: new Map(),
    groups: new Map(),
    quiet: 0,
  };
}

function limitRemembered(countMax: number): void {
  Object.assign(LIMITS as Record<string, number>, { rememberedTimestampsMax: countMax, rememberedMin: Math.min(32, countMax) });
}

/** A world once more, from where it stands on by other chance: nobody acts in it and nothing is under way. */
export function copySimWorld(world: SimWorld, seed: number): SimWorld {
  const random = makeRandom(seed);
  const memory = copyWorld(world.memory);
  const sources = world.sources.map(copySource);
  const batches = new Map<string, Batch>();
  limitRemembered(world.rememberedTimestampsMax);
  return {
    ...world,
    seed,
    random,
    memory,
    producer: world.producer.copy(random),
    isBrief: true,
    // Few calls are made in a short time: in every other one, more of them fail.
    faultRate: random.next() < 0.5 ? 2 : world.faultRate,
    sources,
    ghost: world.ghost.copy({ world: memory, sources, batchOf: (process) => batches.get(process) }),
    batches,
    resolved: new Map(world.resolved),
    orphans: new Map(world.orphans),
    groups: new Map(world.groups),
  };
}

/** The table whose file a call is about. */
export function tableOf({ memory }: SimWorld, { target }: PortCall): string | undefined {
  return [...memory.tables.keys()].find((key) => target.startsWith(`${ROOT}/${key.replace('.', '/')}/`));
}

const pipelines = new Map<CompiledContract, ReturnType<typeof createPipeline>>();

/** Contract and pipeline of a version; the pipeline is compiled once. */
export function contractOf(name: string, version: 1 | 2) {
  const contract = gameContract(version, name.slice('game.'.length));
  const pipeline = pipelines.get(contract) ?? createPipeline(contract.tables[0]!);
  pipelines.set(contract, pipeline);
  return { contract, pipeline };
}

/** Ports of somebody who is no process of ours: nothing fails and nobody comes between. */
export function quietPorts(world: SimWorld, name: string): Ports {
  return makeProcessPorts({ world: world.memory, process: `${name}-${world.quiet++}`, seed: world.seed, root: ROOT }).ports;
}
