// The ports over a MemoryWorld, with a fault hook and a gate per call. Each call of `makeMemoryPorts` is one process: several of
// them over one world race, crash and come back as real ones do. Semantics are those src/ports.ts demands; the conformance suites
// run against them.
import { hash } from 'node:crypto';
import { CommitRefusedError, TransientIoError } from '../../../src/errors.ts';
import type {
  CommitOutcome,
  CreateOutcome,
  FileStat,
  FileStore,
  LogFields,
  PointerCatalog,
  PointerPorts,
  Ports,
  Uri,
} from '../../../src/ports.ts';
import { CrashError, type Fault, type FaultHook, type PortCall } from './faults.ts';
import { makeServerCatalog } from './server-catalog.ts';
import { compareText, keyOf, MemoryWorld } from './world.ts';

export interface MemoryPortsOptions {
  /** Share one world between processes; a fresh one when left out. */
  readonly world?: MemoryWorld;
  readonly process?: string;
  readonly seed?: number;
  readonly root?: Uri;
  readonly fault?: FaultHook;
  /** Awaited before each call: lets a scheduler decide who goes next. */
  readonly gate?: (call: PortCall) => Promise<void>;
  /** Awaited after each effect, before the caller has its answer: time that passes here passes between two steps of the process. */
  readonly answered?: (call: PortCall) => Promise<void>;
  /** How far this process's clock is ahead of the world's. */
  readonly skewMs?: number;
}

export interface MemoryPorts<P extends Ports = PointerPorts> {
  readonly ports: P;
  readonly world: MemoryWorld;
  readonly calls: PortCall[];
  readonly counts: Map<string, number>;
  readonly logs: { readonly level: string; readonly message: string; readonly fields: LogFields }[];
  isCrashed(): boolean;
  /** The process ends: every later call of it fails. */
  crash(): void;
  setFault(fault: FaultHook | undefined): void;
}

/** A process's ports over a catalog of pointers. Deterministic for a seed and an order of calls. */
export function makeMemoryPorts(options: MemoryPortsOptions = {}): MemoryPorts {
  const world = options.world ?? new MemoryWorld();
  if (world.catalogKind === 'rest') throw new Error('the catalog of this world keeps no pointers: use makeProcessPorts');
  return makePorts({ ...options, world }, makeCatalog);
}

/** A process's ports over whatever catalog the world has. */
export function makeProcessPorts(options: MemoryPortsOptions & { readonly world: MemoryWorld }): MemoryPorts<Ports> {
  return options.world.catalogKind === 'rest' ? makePorts(options, makeServerCatalog) : makePorts(options, makeCatalog);
}

function makePorts<C extends Ports['catalog']>(
  options: MemoryPortsOptions & { readonly world: MemoryWorld },
  catalogOf: (world: MemoryWorld, run: Runner) => C,
): MemoryPorts<Ports & { readonly catalog: C }> {
  const { world } = options;
  const process = options.process ?? 'p';
  const calls: PortCall[] = [];
  const counts = new Map<string, number>();
  const logs: MemoryPorts['logs'] = [];
  const state = { fault: options.fault, isCrashed: false };
  const run = makeRunner({ world, process, calls, state, gate: options.gate, answered: options.answered });
  const ports: Ports & { readonly catalog: C } = {
    root: options.root ?? 's3://bucket/warehouse',
    files: makeFiles(world, run),
    catalog: catalogOf(world, run),
    clock: { nowMs: () => world.nowMs() + (options.skewMs ?? 0), sleep: async (ms) => world.advance(ms) },
    ids: makeIds(`${options.seed ?? 1}:${process}`),
    telemetry: {
      count: (metric, value) => void counts.set(metric, (counts.get(metric) ?? 0) + value),
      log: (level, message, fields) => void logs.push({ level, message, fields: fields ?? {} }),
    },
    doorbell: {
      ring: (contract) => run('doorbell', 'ring', contract, { effect: () => void world.rings.push(contract), lost: throwTransient }),
    },
  };
  return {
    ports,
    world,
    calls,
    counts,
    logs,
    isCrashed: () => state.isCrashed,
    crash: () => void (state.isCrashed = true),
    setFault: (fault) => void (state.fault = fault),
  };
}

export interface Effect<T> {
  readonly effect: () => T;
  /** What the caller gets when the reply is lost. */
  readonly lost: (call: PortCall) => T;
  readonly refused?: (call: PortCall) => T;
}
export type Runner = <T>(port: PortCall['port'], op: PortCall['op'], target: string, what: Effect<T>) => Promise<T>;

function makeRunner(context: {
  readonly world: MemoryWorld;
  readonly process: string;
  readonly calls: PortCall[];
  readonly state: { fault: FaultHook | undefined; isCrashed: boolean };
  readonly gate: ((call: PortCall) => Promise<void>) | undefined;
  readonly answered: ((call: PortCall) => Promise<void>) | undefined;
}): Runner {
  const { world, process, calls, state } = context;
  return async (port, op, target, given) => {
    const what = { ...given, effect: () => world.as(process, given.effect) };
    const call: PortCall = { process, port, op, target, count: calls.length + 1 };
    calls.push(call);
    await context.gate?.(call);
    if (state.isCrashed) throw new CrashError(process);
    const fault = state.fault?.(call);
    if (fault?.kind === 'rival') await fault.act();
    if (fault?.kind === 'delay') world.advance(fault.ms);
    if (fault?.kind === 'crash-before' || fault?.kind === 'crash-after') {
      state.isCrashed = true;
      if (fault.kind === 'crash-after') what.effect();
      throw new CrashError(process);
    }
    try {
      return applyFault(world, { call, fault, what });
    } finally {
      await context.answered?.(call);
    }
  };
}

function applyFault<T>(
  world: MemoryWorld,
  given: { readonly call: PortCall; readonly fault: Fault | undefined; readonly what: Effect<T> },
): T {
  const { call, fault, what } = given;
  switch (fault?.kind) {
    case 'fail-before':
      return throwTransient(call);
    case 'refuse':
      return what.refused ? what.refused(call) : throwRefused(call);
    case 'apply-then-fail':
      what.effect();
      return what.lost(call);
    case 'apply-late':
      world.later(fault.afterMs, () => void what.effect());
      return what.lost(call);
    case 'lost':
      return what.lost(call);
    default:
      return what.effect();
  }
}

function makeFiles(world: MemoryWorld, run: Runner): FileStore {
  const statOf = (uri: Uri): FileStat | undefined => {
    const found = world.objects.get(uri);
    return found && { uri, sizeBytes: found.bytes.length, lastModifiedMs: found.lastModifiedMs };
  };
  return {
    read: (uri, range) =>
      run('files', 'read', uri, {
        effect: () => {
          const found = world.objects.get(uri);
          return found && Buffer.from(range ? found.bytes.subarray(range.start, range.end) : found.bytes);
        },
        lost: throwTransient,
      }),
    create: (uri, bytes) => {
      const copy = Buffer.from(bytes);
      return run<CreateOutcome>('files', 'create', uri, { effect: () => world.putIfAbsent(uri, copy), lost: () => 'unknown' });
    },
    stat: (uri) => run('files', 'stat', uri, { effect: () => statOf(uri), lost: throwTransient }),
    list: (prefix, options) => listed(run, prefix, () => listUnder(world, prefix, options?.startAfter).map((uri) => statOf(uri)!)),
    delete: (uri) => run('files', 'delete', uri, { effect: () => world.remove(uri), lost: throwTransient }),
  };
}

async function* listed(run: Runner, prefix: Uri, all: () => FileStat[]): AsyncIterable<FileStat> {
  yield* await run('files', 'list', prefix, { effect: all, lost: throwTransient });
}

function listUnder(world: MemoryWorld, prefix: Uri, startAfter: Uri | undefined): Uri[] {
  const uris = world.urisUnder(prefix);
  return startAfter === undefined ? uris : uris.slice(firstAfter(uris, startAfter));
}

/** Where what comes after a URI begins. */
function firstAfter(uris: readonly Uri[], startAfter: Uri): number {
  let [low, high] = [0, uris.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareText(uris[middle]!, startAfter) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

function makeCatalog(world: MemoryWorld, run: Runner): PointerCatalog {
  return {
    ...makeNames(world, run),
    metadataWriter: 'client',
    create: (identifier, location) =>
      run<CreateOutcome>('catalog', 'create', keyOf(identifier), {
        effect: () => world.createTable(identifier, location),
        lost: () => 'unknown',
      }),
    commit: (base, location) =>
      run<CommitOutcome>('catalog', 'commit', keyOf(base.identifier), {
        effect: () => {
          const outcome = world.swap(base, location);
          return outcome === 'gone' ? { kind: 'refused', cause: new Error('no such table') } : { kind: outcome };
        },
        lost: () => ({ kind: 'unknown', cause: new Error('reply lost') }),
        refused: () => ({ kind: 'refused', cause: new Error('access denied') }),
      }),
  };
}

/** What both kinds of catalog do alike. */
export function makeNames(world: MemoryWorld, run: Runner): Pick<PointerCatalog, 'name' | 'load' | 'list' | 'ensureNamespace'> {
  return {
    name: 'memory',
    load: (identifier) =>
      run('catalog', 'load', keyOf(identifier), { effect: () => world.tables.get(keyOf(identifier)), lost: throwTransient }),
    list: (namespace) =>
      run('catalog', 'list-tables', namespace ?? '', {
        effect: () =>
          [...world.tables.values()].map((row) => row.identifier).filter((id) => namespace === undefined || id.namespace === namespace),
        lost: throwTransient,
      }),
    ensureNamespace: (namespace) =>
      run('catalog', 'ensure-namespace', namespace, { effect: () => void world.namespaces.add(namespace), lost: throwTransient }),
  };
}

function makeIds(seed: string): Ports['ids'] {
  let made = 0;
  const next = (): string => hash('sha256', `${seed}:${made++}`, 'hex');
  return {
    uuid() {
      const hex = next();
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
    },
    snapshotId: () => (BigInt(`0x${next().slice(0, 16)}`) >> 1n) | 1n,
  };
}

function throwTransient(call: PortCall): never {
  throw new TransientIoError(`${call.op} of ${call.target} failed by a fault`, { code: 'fault', details: { uri: call.target } });
}

function throwRefused(call: PortCall): never {
  throw new CommitRefusedError(`${call.op} of ${call.target} refused by a fault`, { code: 'fault', details: { uri: call.target } });
}
