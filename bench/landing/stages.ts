// Where the time of a landing goes, stage by stage, in CPU time as a share of JSON.parse of the same bytes. Stages are run one after the
// other over the same batch; steps inside the encoder are told apart by kernels that keep time and by encoding once more without compression.

import { releaseRecords } from '../../src/decode/pack-records.ts';
import { sortRows } from '../../src/iceberg/sort-rows.ts';
import { groupRecords } from '../../src/jobs/group-records.ts';
import { splitRows } from '../../src/jobs/write-rows.ts';
import type { KernelPlace, Kernels } from '../../src/parquet/kernels.ts';
import { openKernels } from '../../src/parquet/open-kernels.ts';
import { parquetOptions } from '../../src/parquet/options.ts';
import { ParquetWriter } from '../../src/parquet/writer.ts';
import { judgeRecords } from '../../src/pipeline/judge.ts';
import { median, type Rounds } from './measure.ts';
import { encodeJudged, type FirnPaths, openFirn, parseTexts } from './paths.ts';
import type { BenchBatch, Scenario } from './scenarios.ts';

/** Milliseconds of each stage, medians over rounds. */
export type Stages = Readonly<Record<string, number>>;

const INGESTED_AT_MS = Date.UTC(2026, 2, 14, 12, 30);

/** Runs the stages of every batch in turn. */
export async function measureStages(scenario: Scenario, rounds: Rounds): Promise<Stages> {
  const firn = await openFirn(scenario.contract);
  const times = new Map<string, number[]>();
  for (let round = 0; round < rounds.warm + rounds.counted; round++) {
    const measured = measureBatch(firn, scenario.batches[round % scenario.batches.length]!);
    if (round < rounds.warm) continue;
    for (const [stage, ms] of Object.entries(measured)) times.set(stage, [...(times.get(stage) ?? []), ms]);
  }
  return Object.fromEntries([...times].map(([stage, ms]) => [stage, median(ms)]));
}

function measureBatch(firn: FirnPaths, batch: BenchBatch): Stages {
  const stages: Record<string, number> = {};
  const timed = <T>(stage: string, work: () => T): T => {
    const before = process.cpuUsage();
    const result = work();
    const { user, system } = process.cpuUsage(before);
    stages[stage] = (stages[stage] ?? 0) + (user + system) / 1000;
    return result;
  };
  timed('JSON.parse', () => parseTexts(batch));
  timed('base64 alone', () => decodeBase64(batch));
  const records = timed('decode event', () => firn.decode(batch.event));
  timed('group', () => groupRecords(records));
  const judged = timed('judge', () => judgeRecords(firn.judge, records, { ingestedAtMs: INGESTED_AT_MS }));
  for (const { table, columns } of judged.parts) {
    const target = firn.resolved.tables[table]!.main;
    for (const { order } of timed('split', () => splitRows(target, columns))) {
      const sorted = timed('sort', () => sortRows(target.struct, target.sortOrder, columns, order));
      const encode = (codec?: 'uncompressed') => {
        const options = { ...parquetOptions(target.properties), ...(codec ? { codec } : {}) };
        const { release, guard: _, ...place } = openKernels(columns, sorted.length);
        const kernels = codec ? timedPlace(place, stages) : place;
        const writer = new ParquetWriter({ schema: target.struct, options, kernels, sink: () => {} });
        writer.add(columns, sorted);
        writer.close();
        release();
      };
      timed('encode', () => encode());
      timed('encode without zstd', () => encode('uncompressed'));
    }
  }
  timed('all of encode', () => encodeJudged(firn, records, judged));
  judged.release();
  releaseRecords(records);
  return stages;
}

const SCRATCH = Buffer.allocUnsafe(16 * 1024 * 1024);

/** What no decoder of values can save: base64 into one buffer. */
function decodeBase64(batch: BenchBatch): number {
  const { records } = batch.event as { readonly records: Readonly<Record<string, readonly { readonly value: string | null }[]>> };
  let at = 0;
  for (const list of Object.values(records)) for (const { value } of list) at += SCRATCH.write(value ?? '', at, 'base64');
  return at;
}

/** What numbers strings by rows is a kernel, too. */
function timedPlace(place: KernelPlace, stages: Record<string, number>): KernelPlace {
  const { numberStrings } = place;
  const timed = timedKernels({ ...place.kernels, ...(numberStrings ? { numberStrings } : {}) }, stages);
  return { ...place, kernels: timed, ...(numberStrings ? { numberStrings: timed.numberStrings! } : {}) };
}

type TimedKernels = Kernels & Pick<KernelPlace, 'numberStrings'>;

/** Kernels that add their time to `  kernel <name>`: calls are few and long, one or two a column. */
function timedKernels(kernels: TimedKernels, stages: Record<string, number>): TimedKernels {
  const wrapped = Object.entries(kernels).map(([name, kernel]) => {
    const stage = `  kernel ${name}`;
    const timed = (...given: unknown[]): unknown => {
      const before = process.cpuUsage();
      const result = (kernel as (...given: unknown[]) => unknown)(...given);
      const { user, system } = process.cpuUsage(before);
      stages[stage] = (stages[stage] ?? 0) + (user + system) / 1000;
      return result;
    };
    return [name, timed];
  });
  return Object.fromEntries(wrapped) as unknown as TimedKernels;
}
