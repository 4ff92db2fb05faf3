// Which blocks of our code an input reaches, from V8's own precise block coverage: the feedback of the fuzzer. Counts are grouped by
// powers of two, so that a loop that runs a hundred times is something new after one that ran twice.
import { Session } from 'node:inspector';

/** Files whose blocks count: ours, and the Parquet library's that we hand foreign bytes to. */
const COUNTED = /\/src\/(?:iceberg|parquet|ledger|decode|pipeline|column|contract)|\/hyparquet\/src\//;

export interface CoverageMap {
  /** Keys of blocks reached since the last call; resets the counters. */
  take(): readonly string[];
  stop(): void;
}

interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly {
    readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[];
  }[];
}

/** Starts counting in this thread. */
export function startCoverage(): CoverageMap {
  const session = new Session();
  session.connect();
  post(session, 'Profiler.enable');
  post(session, 'Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return {
    take: () => keysOf((post(session, 'Profiler.takePreciseCoverage') as { readonly result: readonly ScriptCoverage[] }).result),
    stop: () => {
      post(session, 'Profiler.stopPreciseCoverage');
      session.disconnect();
    },
  };
}

function keysOf(scripts: readonly ScriptCoverage[]): string[] {
  const keys: string[] = [];
  for (const script of scripts) {
    if (!COUNTED.test(script.url)) continue;
    const name = script.url.slice(script.url.lastIndexOf('/', script.url.lastIndexOf('/') - 1));
    for (const { ranges } of script.functions) {
      for (const { startOffset, endOffset, count } of ranges) {
        if (count > 0) keys.push(`${name}:${startOffset}-${endOffset}:${Math.min(6, Math.floor(Math.log2(count)))}`);
      }
    }
  }
  return keys;
}

/** The inspector answers a session of its own thread before `post` returns. */
function post(session: Session, method: string, parameters?: object): unknown {
  let answer: unknown;
  session.post(method, parameters, (error: Error | null, result?: object) => {
    if (error) throw error;
    answer = result;
  });
  return answer;
}
