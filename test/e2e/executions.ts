// Executions of the deployed state machines, started as an operator starts them and waited for.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeExecutionCommand, type DescribeExecutionOutput, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { until } from './until.ts';
import type { World } from './world.ts';

const WITHIN_MS = 8 * 60_000;

/** Starts the machine that a stack's output names; its output once it has succeeded. Throws with error and cause if it has not. */
export async function execute(world: World, given: { readonly output: string; readonly input: object }): Promise<unknown> {
  const client = clientOf(world);
  try {
    const started = await client.send(
      new StartExecutionCommand({ stateMachineArn: outputOf(world, given.output), input: JSON.stringify(given.input) }),
    );
    let last: DescribeExecutionOutput | undefined;
    await until(
      `an execution of ${given.output} ends`,
      async () => {
        last = await client.send(new DescribeExecutionCommand({ executionArn: started.executionArn }));
        return last.status !== 'RUNNING';
      },
      { withinMs: WITHIN_MS, everyMs: 500, seen: () => last?.status },
    );
    if (last?.status !== 'SUCCEEDED')
      throw new Error(`${given.output}: ${last?.status} ${last?.error ?? ''} ${last?.cause ?? ''} ${last?.output ?? ''}`);
    return JSON.parse(last.output ?? 'null');
  } finally {
    client.destroy();
  }
}

function clientOf({ endpoint, region }: World): SFNClient {
  const local = endpoint === undefined ? {} : { endpoint, credentials: { accessKeyId: 'e2e', secretAccessKey: 'test' } };
  return new SFNClient({ region, ...local });
}

/** Of whichever stack has it. */
function outputOf(world: World, name: string): string {
  const stacks = JSON.parse(readFileSync(join(world.project.root, 'outputs.json'), 'utf8')) as Readonly<
    Record<string, Readonly<Record<string, string>>>
  >;
  const value = Object.values(stacks).find((outputs) => name in outputs)?.[name];
  if (value === undefined) throw new Error(`no stack has the output ${name}`);
  return value;
}
