// The ledger at scale: 1,000 topic partitions, up to a million entries, records of alternating classes (a filter that takes every other one),
// the worst there is for ranges. At each size: CPU of loading it, of deciding one descriptor and of one checkpoint, bytes of the
// checkpoint and of everything below checkpoint/ and classes/. Flat means that the last line is like the first.
//   npm run -s bench:ledger -- [--entries N]
import { parseArgs } from 'node:util';
import { LIMITS } from '../src/contract/limits.ts';
import { checkpointLedger } from '../src/jobs/checkpoint-ledger.ts';
import { startDeadline } from '../src/jobs/deadline.ts';
import { loadLedger } from '../src/jobs/load-ledger.ts';
import type { LedgerEntry } from '../src/ledger/entries.ts';
import { encodeEntry } from '../src/ledger/entry-codec.ts';
import { foldDecided, foldEntry } from '../src/ledger/fold.ts';
import { cloneState } from '../src/ledger/state.ts';
import { trimDescriptor } from '../src/ledger/trim.ts';
import { makeMemoryPorts } from '../test/support/memory/index.ts';
import { makeDescriptor } from '../test/support/memory/samples.ts';

const PARTITIONS = 1000;
const CLASSES = 'afafafafafafafafafaq';
const CONTRACT = 'game.events';

const { values } = parseArgs({ options: { entries: { type: 'string', default: '1000000' } } });
const entriesMax = Number(values.entries);
const memory = makeMemoryPorts();
const { ports } = memory;

function cpuMs(work: () => void | Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  return Promise.resolve(work()).then(() => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
}

/** As irregular as real clocks: bytes that compress no better than theirs. */
function jitterMs(offset: number, partition: number): number {
  return ((Math.imul(offset + 1, 2_654_435_761) ^ Math.imul(partition + 1, 40_503)) >>> 0) % 1_000_000;
}

function descriptorOf(n: number) {
  const partition = n % PARTITIONS;
  const start = Math.floor(n / PARTITIONS) * CLASSES.length;
  return makeDescriptor(`d${n}`, [
    { partition, start, classes: CLASSES, timestampMs: (offset) => offset * 1000 + jitterMs(offset, partition) },
  ]);
}

async function checkpoint(): Promise<void> {
  const { state, checkpoint: last } = await loadLedger({ ports, contractName: CONTRACT });
  const deadline = startDeadline(ports.clock, LIMITS.commitDeadlineMs);
  await checkpointLedger({ ports, contractName: CONTRACT, state, checkpoint: last, staged: new Set(), deadline });
}

/** Entry n of the ledger, decided against the state as a committer would. */
function entryOf(state: Parameters<typeof trimDescriptor>[0], n: number): LedgerEntry {
  const trimmed = trimDescriptor(state, descriptorOf(n));
  if (trimmed.kind !== 'kept') throw new Error(`descriptor ${n} is ${trimmed.kind}`);
  return { version: 1, n, id: `e${n}`, atMs: n, contract: CONTRACT, kind: 'land', descriptors: [trimmed.decided] };
}

function bytesUnder(part: string): { readonly bytes: number; readonly objects: number } {
  const uris = memory.world.urisUnder(`${ports.root}/_firn/${CONTRACT}/${part}/`);
  return { objects: uris.length, bytes: uris.reduce((sum, uri) => sum + (memory.world.objects.get(uri)?.bytes.length ?? 0), 0) };
}

async function measure(n: number): Promise<void> {
  await checkpoint();
  let loaded = await loadLedger({ ports, contractName: CONTRACT });
  const load = await cpuMs(async () => {
    loaded = await loadLedger({ ports, contractName: CONTRACT });
  });
  const decide = await cpuMs(() => {
    const work = cloneState(loaded.state);
    const { descriptors } = entryOf(work, n + 1) as Extract<LedgerEntry, { kind: 'land' }>;
    foldDecided(work, { n: n + 1, atMs: n + 1 }, descriptors[0]!);
  });
  const newest = memory.world.urisUnder(`${ports.root}/_firn/${CONTRACT}/checkpoint/`).at(-1)!;
  const write = await cpuMs(async () => {
    const deadline = startDeadline(ports.clock, LIMITS.commitDeadlineMs);
    await checkpointLedger({
      ports,
      contractName: CONTRACT,
      state: { ...loaded.state, n: n + LIMITS.checkpointEveryEntries },
      checkpoint: 0,
      staged: new Set(),
      deadline,
    });
  });
  memory.world.objects.delete(memory.world.urisUnder(`${ports.root}/_firn/${CONTRACT}/checkpoint/`).at(-1)!);
  const kb = (bytes: number) => (bytes / 1024).toFixed(0).padStart(9);
  const ms = (value: number) => value.toFixed(1).padStart(9);
  const classes = bytesUnder('classes');
  process.stdout.write(
    `${String(n).padStart(9)} ${ms(load)} ${ms(decide)} ${ms(write)} ${kb(memory.world.objects.get(newest)!.bytes.length)} ${kb(classes.bytes)} ${String(classes.objects).padStart(8)}\n`,
  );
}

process.stdout.write('  entries   load ms decide ms  ckpt ms   ckpt KB  class KB  objects\n');
const state = (await loadLedger({ ports, contractName: CONTRACT })).state;
let current = state;
for (let n = 1, next = 1000; n <= entriesMax; n++) {
  const entry = entryOf(current, n);
  foldEntry(current, entry);
  for (const table of current.tables.values()) table.pending = [];
  current.decided.clear();
  const isMeasured = n === next || n === entriesMax;
  // The objects of entries are made only where a load will read them: what a checkpoint covers is collected in the end.
  if (n % 10_000 === 0 || isMeasured) {
    const deadline = startDeadline(ports.clock, LIMITS.commitDeadlineMs);
    await checkpointLedger({ ports, contractName: CONTRACT, state: current, checkpoint: 0, staged: new Set(), deadline });
    current = (await loadLedger({ ports, contractName: CONTRACT })).state;
    ports.files.create(`${ports.root}/_firn/${CONTRACT}/ledger/unused`, encodeEntry(entry));
  }
  if (isMeasured) {
    await measure(n);
    next *= 4;
  }
}
