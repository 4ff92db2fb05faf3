// The generated game stream through real Kafka, the deployed functions and Glue: what PyIceberg reads must equal the stream's exact truth.
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { checkAnswers, TRUTH_QUERIES } from '../../interop/gamegen.ts';
import { type ProduceOptions, produce } from '../../interop/kafka/produce.ts';
import { runWell } from '../processes.ts';
import { REPOSITORY } from '../project.ts';
import { readTables } from '../reading.ts';
import type { World } from '../world.ts';

export interface Stream {
  /** NDJSON of Kafka records; `<file>.truth.json` beside it. */
  readonly file: string;
  readonly records: number;
  /** The same in equal parts, in order. */
  readonly parts: readonly string[];
}

export async function makeStream(world: World, options: { readonly records: number; readonly parts: number }): Promise<Stream> {
  const file = join(world.home, 'stream.ndjson');
  const generator = join(REPOSITORY, 'bench/gamegen/gen.mjs');
  await runWell(process.execPath, [generator, `--records=${options.records}`, `--out=${file}`, '--format=records', '--seed=23'], {
    env: world.environment,
  });
  const parts = Array.from({ length: options.parts }, (_, i) => `${file}.${i}`);
  const outs = parts.map((path) => createWriteStream(path));
  const perPart = Math.ceil(options.records / options.parts);
  let records = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line === '') continue;
    outs[Math.min(options.parts - 1, Math.floor(records / perPart))]!.write(`${line}\n`);
    records++;
  }
  await Promise.all(outs.map((out) => new Promise<void>((done) => out.end(done))));
  return { file, records, parts };
}

/** Resolves when all of the part is acknowledged by the broker. */
export async function producePart(world: World, file: string, options: Pick<ProduceOptions, 'upTo' | 'batch'> = {}): Promise<number> {
  const { bootstrapBrokers, ...connection } = world.kafkaConnection;
  return (await produce(bootstrapBrokers.join(','), world.game.topic, file, { isPlain: true, connection, ...options })).records;
}

/** The part flows until `meanwhile` has ended, ever more slowly, so that it does not end before; what is left follows at once. */
export async function produceWhile(
  world: World,
  part: { readonly file: string; readonly records: number; readonly halvedEveryS: number; readonly batch: number },
  meanwhile: () => Promise<unknown>,
): Promise<void> {
  const { file, records, halvedEveryS, batch } = part;
  const startedMs = performance.now();
  let isOver = false;
  const upTo = () => (isOver ? Number.POSITIVE_INFINITY : records * (1 - 0.5 ** ((performance.now() - startedMs) / 1000 / halvedEveryS)));
  const producing = producePart(world, file, { upTo, batch });
  // Reported below, where it is waited for.
  producing.catch(() => undefined);
  try {
    await meanwhile();
  } finally {
    isOver = true;
  }
  await producing;
}

/** Everything was produced and has settled. */
export async function checkStream(world: World, stream: Stream): Promise<void> {
  const { answers } = await readTables(world, [world.game.table, `${world.game.table}__quarantine`], TRUTH_QUERIES);
  await checkAnswers(world.checks, stream.file, answers);
}
