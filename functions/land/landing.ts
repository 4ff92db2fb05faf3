// One Kafka event → one landing. Sources are those of the contract, or the one a function serves; the tables are looked at once a
// minute, not in each invocation.

import type { CompiledContract } from '../../src/contract/compiled.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import { decodeLambdaEvent } from '../../src/decode/lambda-event.ts';
import { releaseRecords } from '../../src/decode/pack-records.ts';
import type { RecordSource } from '../../src/decode/records.ts';
import { startProbe } from '../../src/isolation/probe-process.ts';
import type { Deadline } from '../../src/jobs/deadline.ts';
import { ensureTables } from '../../src/jobs/ensure-tables.ts';
import { landBatch } from '../../src/jobs/land-batch.ts';
import type { LandBatchResult, ResolvedContract } from '../../src/jobs/types.ts';
import type { SourceIdentity } from '../../src/ledger/entries.ts';
import { createJudge } from '../../src/pipeline/judge.ts';
import type { Ports } from '../../src/ports.ts';

export type Landing = (event: unknown, deadline: Deadline) => Promise<LandBatchResult>;

/** Compiles the pipeline now; makes or evolves the tables at the first event. Records of other topics than those of the sources are refused. */
export function makeLanding(ports: Ports, contract: CompiledContract, sourceName?: string): Landing {
  const sources = sourcesByTopic(contract, sourceName);
  const judge = createJudge(contract);
  const resolve = makeResolver(ports, contract);
  return async (event, deadline) => {
    const records = decodeLambdaEvent(event, { resolveSource: (topic) => sources.get(topic), inArena: true });
    try {
      return await landBatch({
        ports,
        contract,
        resolved: await resolve(),
        judge,
        guard: { startProbe },
        records,
        deadline,
        observed: observedIn(event, records.sources),
      });
    } finally {
      releaseRecords(records);
    }
  };
}

/** What the event says of the cluster, to be checked against what the ledger knows of each source (DESIGN §5.2). */
function observedIn(event: unknown, sources: readonly RecordSource[]): ReadonlyMap<string, SourceIdentity> {
  const { eventSourceArn } = event as { readonly eventSourceArn?: unknown };
  if (typeof eventSourceArn !== 'string') return new Map();
  return new Map(sources.map(({ id }) => [id, { clusterArn: eventSourceArn }]));
}

/** Source ids come from configuration alone, never from who looks (DESIGN §5.2). */
function sourcesByTopic(contract: CompiledContract, sourceName: string | undefined): ReadonlyMap<string, RecordSource> {
  const served = contract.sources.filter(({ name }) => sourceName === undefined || name === sourceName);
  return new Map(served.map(({ name, topic, generation }) => [topic, { id: `${name}/${topic}/${generation}`, topic }]));
}

function makeResolver(ports: Ports, contract: CompiledContract): () => Promise<ResolvedContract> {
  let known: { readonly resolved: ResolvedContract; readonly atMs: number } | undefined;
  return async () => {
    const nowMs = ports.clock.nowMs();
    if (known === undefined || nowMs - known.atMs > LIMITS.resolvedLifeMs) {
      known = { resolved: await ensureTables({ ports, contract }), atMs: nowMs };
    }
    return known.resolved;
  };
}
