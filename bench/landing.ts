// The landing path as the benchmarks run it: Lambda event in, staged files and descriptor out, then the commit, over stores in
// memory, so that what is measured is Firn and not a disk or a network.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadContract } from '../src/contract/load-contract.ts';
import { decodeLambdaEvent } from '../src/decode/lambda-event.ts';
import { commitContract } from '../src/jobs/commit-contract.ts';
import { startDeadline } from '../src/jobs/deadline.ts';
import { ensureTables } from '../src/jobs/ensure-tables.ts';
import { landBatch } from '../src/jobs/land-batch.ts';
import { createPipeline } from '../src/pipeline/create-pipeline.ts';
import type { Ports } from '../src/ports.ts';
import { makeMemoryPorts } from '../test/support/memory/index.ts';
import { REPOSITORY } from './batches.ts';

const DEADLINE_MS = 10 * 60_000;

export interface Landing {
  /** One invocation of `land`: files and one descriptor are staged when it resolves. */
  land(event: unknown): Promise<{ readonly records: number; readonly dataBytes: number }>;
  /** One invocation of `commit`: everything staged is in the tables when it resolves. */
  commit(): Promise<void>;
}

/** Makes the tables of the game contract and gives the two steps. */
export async function makeLanding(): Promise<Landing> {
  const file = join(REPOSITORY, 'schemas/game/game-events.odcs.yaml');
  const ids = JSON.parse(readFileSync(file.replace('.odcs.yaml', '.ids.json'), 'utf8')) as never;
  const loaded = loadContract(readFileSync(file, 'utf8'), { file, ids });
  if (!loaded.ok) throw new Error(loaded.findings.map((finding) => finding.message).join('\n'));
  const { contract } = loaded;
  const { ports } = makeMemoryPorts();
  const resolved = await ensureTables({ ports, contract });
  const pipeline = createPipeline(contract.tables[0]!);
  const sources = new Map(contract.sources.map((source) => [source.topic, source]));
  return {
    async land(event) {
      const records = decodeLambdaEvent(event, { resolveSource: (topic) => sourceOf(topic, sources) });
      const result = await landBatch({ ports, contract, resolved, pipeline, records, deadline: deadline(ports) });
      return { records: records.count, dataBytes: result.dataBytes };
    },
    async commit() {
      await commitContract({ ports, contractName: contract.name, deadline: deadline(ports) });
    },
  };
}

function sourceOf(topic: string, sources: ReadonlyMap<string, { readonly name: string; readonly generation: number }>) {
  const source = sources.get(topic);
  return source && { id: `${source.name}/${topic}/${source.generation}`, topic };
}

function deadline({ clock }: Ports) {
  return startDeadline(clock, DEADLINE_MS);
}
