// A judge with poison planted in it: a message that says so loops for ever, exhausts the heap, or throws from the whole batch. Every
// other message is judged as the contract does.
import type { CompiledContract } from '../../../../src/contract/compiled.ts';
import type { KafkaRecords } from '../../../../src/decode/records.ts';
import { createJudge as createRealJudge, type Judge } from '../../../../src/pipeline/judge.ts';

export function createJudge(contract: CompiledContract): Judge {
  const real = createRealJudge(contract);
  const pipelines = real.pipelines.map((pipeline) => ({
    process(records: KafkaRecords, options: { readonly ingestedAtMs: number }) {
      for (let record = 0; record < records.count; record++) {
        const text = records.bytes.toString('utf8', records.valueStart[record], records.valueEnd[record]);
        if (text.includes('"loops"')) for (;;);
        if (text.includes('"exhausts"')) for (const kept: object[] = []; ; ) kept.push({ kept: new Array(1000).fill(kept.length) });
        if (text.includes('"throws"')) throw new Error('planted');
      }
      return pipeline.process(records, options);
    },
  }));
  return { ...real, pipelines };
}
