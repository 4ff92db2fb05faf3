// One scenario measured in the process at hand; run.ts starts a process for each.
import { openDuck } from './duck.ts';
import { type Measured, measurePaths, median, type Rounds, speedOf } from './measure.ts';
import { land, openFirn, type Path, parseEvent, parseTexts, toParquet } from './paths.ts';
import { writeRowWise } from './row-wise.ts';
import { makeScenario, type ScenarioName } from './scenarios.ts';

export interface ScenarioMeasured {
  readonly events: number;
  readonly valueBytes: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly rounds: number;
  readonly paths: Readonly<Record<string, PathMeasured>>;
}

export interface PathMeasured {
  /** CPU milliseconds of a batch, median. */
  readonly cpuMs: number;
  /** Speed in JSON.parse of the same bytes, median of the paired ratios. */
  readonly timesJsonParse: number;
  /** The same of the early rounds, where they are counted. */
  readonly earlyTimes?: number;
  /** Firn's speed to Parquet bytes in this path's, paired. */
  readonly firnTimes: number;
  readonly fileBytes: number;
}

export interface MeasureOptions {
  readonly rounds: Rounds;
  readonly batches: number;
  readonly events: number;
  readonly peers: boolean;
}

export const YARDSTICK = 'JSON.parse';
export const PARQUET = 'Firn → Parquet bytes';
export const LANDING = 'Firn, whole landing';
export const WITH_EVENT = 'Firn, whole landing and event parse';
export const ROW_WISE = 'row-wise, hyparquet-writer';
export const DUCKDB = 'DuckDB';

/** Measures a scenario; the peers only know the flat contract. */
export async function measureScenario(name: ScenarioName, options: MeasureOptions): Promise<ScenarioMeasured> {
  const scenario = await makeScenario(name, options);
  const firn = await openFirn(scenario.contract);
  const withPeers = options.peers && (name === 'flat' || name === 'bad');
  const duck = withPeers ? await openDuck() : undefined;
  const paths: Record<string, Path> = {
    [YARDSTICK]: parseTexts,
    [PARQUET]: (batch) => toParquet(firn, batch),
    [LANDING]: (batch) => land(firn, batch),
    [EVENT_PARSE]: parseEvent,
    ...(withPeers ? { [ROW_WISE]: writeRowWise } : {}),
    ...(duck ? { [DUCKDB]: (batch) => duck.write(batch) } : {}),
  };
  const measured = await measurePaths(paths, scenario.batches, options.rounds);
  duck?.close();
  checkAgreement(measured);
  const [{ records: events, valueBytes } = { records: 0, valueBytes: 0 }] = scenario.batches;
  const { accepted, rejected } = measured.find((one) => one.name === PARQUET)!.made;
  return { events, valueBytes, accepted, rejected, rounds: options.rounds.counted, paths: describe(measured) };
}

const EVENT_PARSE = 'event parse';

function describe(measured: readonly Measured[]): Record<string, PathMeasured> {
  const times = (name: string) => measured.find((one) => one.name === name)!;
  const { cpuMs: json, earlyMs: earlyJson } = times(YARDSTICK);
  const parquet = times(PARQUET).cpuMs;
  const eventParse = times(EVENT_PARSE).cpuMs;
  const whole = {
    ...times(LANDING),
    name: WITH_EVENT,
    earlyMs: [],
    cpuMs: times(LANDING).cpuMs.map((ms, round) => ms + eventParse[round]!),
  };
  return Object.fromEntries(
    [...measured, whole].map(({ name, cpuMs, earlyMs, made }) => [
      name,
      {
        cpuMs: median(cpuMs),
        timesJsonParse: speedOf(json, cpuMs),
        ...(earlyMs.length > 0 ? { earlyTimes: speedOf(earlyJson, earlyMs) } : {}),
        firnTimes: median(cpuMs.map((ms, round) => ms / parquet[round]!)),
        fileBytes: made.fileBytes,
      },
    ]),
  );
}

/** With `ignore_errors` DuckDB loses a few good lines beside broken ones: this share may differ. */
const LOST_BESIDE_BROKEN = 0.005;

/** Paths that judge must come to the same verdicts, or they are not doing the same work. */
function checkAgreement(measured: readonly Measured[]): void {
  const judging = measured.filter(({ name }) => [PARQUET, LANDING, ROW_WISE, DUCKDB].includes(name));
  const [first] = judging;
  for (const { name, made } of judging) {
    const difference = Math.abs(made.accepted - first!.made.accepted);
    if (difference > (name === DUCKDB ? LOST_BESIDE_BROKEN * made.accepted : 0)) {
      throw new Error(`${name} accepted ${made.accepted} records, ${first!.name} ${first!.made.accepted}`);
    }
  }
}
