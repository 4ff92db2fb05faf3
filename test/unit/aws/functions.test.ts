import { describe, expect, it } from 'vitest';
import { loadCommitConfig, PARKED_METRIC } from '../../../functions/commit/config.ts';
import { answerRings, MALFORMED_RELEASE_S, type RingRecord, releaseAfterS } from '../../../functions/commit/rings.ts';
import { landEnvironmentOf, loadLandConfig } from '../../../functions/land/config.ts';
import { makeLanding } from '../../../functions/land/landing.ts';
import { FAILED_INVOCATIONS_METRIC, makeHandler } from '../../../functions/shared/chain.ts';
import { invocationDeadline } from '../../../functions/shared/deadline.ts';
import { loadWatchConfig, STAGED_AGE_METRIC } from '../../../functions/watch/config.ts';
import { ringStaged, throwIfAnyFailed } from '../../../functions/watch/ring-staged.ts';
import { makeLambdaTelemetry } from '../../../src/aws/system.ts';
import { ERROR_NAMES } from '../../../src/contract/error-names.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { CommitConflictError, ContractError, type FirnError, InputRefusedError, TransientIoError } from '../../../src/errors.ts';
import { commitContract } from '../../../src/jobs/commit-contract.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { kafkaEvent, scoresContract } from '../../interop/aws/support/events.ts';
import { makeMemoryPorts } from '../../support/memory/index.ts';
import { recordingTelemetry, rejection } from './support/rig.ts';

const LAND = {
  environment: 'test',
  root: 's3://lake/wh',
  doorbellUrl: 'https://sqs.eu-north-1.amazonaws.com/1/q.fifo',
  contractsFile: 'contracts.json',
  contract: 'game.access-events',
  source: 'game.access-events',
};

describe('the environment of a function', () => {
  it('is read back as infra wrote it', () => {
    expect(loadLandConfig({ ...landEnvironmentOf(LAND), PATH: '/bin', AWS_REGION: 'x' })).toEqual(LAND);
  });

  it('fails the cold start with every missing, malformed and unknown key at once, and without their values', () => {
    const environment = { FIRN_ENVIRONMENT: 'test', FIRN_ROOT: 's3://secret-lake/', FIRN_DOORBEL_URL: 'x', FIRN_CONTRACTS_FILE: '' };
    const error = ((): ContractError => {
      try {
        return loadLandConfig(environment) as never;
      } catch (thrown) {
        return thrown as ContractError;
      }
    })();
    expect(error).toBeInstanceOf(ContractError);
    expect(error.message).toBe(
      "the function's environment is wrong: FIRN_ROOT is not s3://bucket or s3://bucket/prefix without a slash at the end; " +
        'FIRN_DOORBELL_URL is missing (expected the URL of a FIFO queue); FIRN_CONTRACTS_FILE is missing (expected the path of a JSON file); ' +
        'FIRN_CONTRACT is missing (expected <namespace>.<dataset>); FIRN_SOURCE is missing (expected the name of a source of the contract); ' +
        'FIRN_DOORBEL_URL is unknown; deploy the stack again',
    );
  });

  it('of one function is not that of another', () => {
    const environment = landEnvironmentOf(LAND);
    expect(() => loadCommitConfig(environment)).toThrow('FIRN_CONTRACT is unknown; FIRN_CONTRACTS_FILE is unknown; FIRN_SOURCE is unknown');
    expect(() => loadWatchConfig(environment)).toThrow('FIRN_CONTRACT is unknown');
  });
});

function ring(contract: string, n: number, received = 1): RingRecord {
  return {
    messageId: `${contract}-${n}`,
    receiptHandle: `handle-${contract}-${n}`,
    body: JSON.stringify({ contract }),
    attributes: { ApproximateReceiveCount: String(received) },
  };
}

function ringTools(failing: ReadonlyMap<string, unknown>) {
  const committed: string[] = [];
  const released: [string, number][] = [];
  const reported: [string, FirnError][] = [];
  return {
    committed,
    released,
    reported,
    commit: async (contract: string) => {
      committed.push(contract);
      if (failing.has(contract)) throw failing.get(contract);
    },
    release: async (handle: string, seconds: number) => void released.push([handle, seconds]),
    report: (contract: string, error: FirnError) => void reported.push([contract, error]),
  };
}

describe('a batch of rings', () => {
  it('makes one commit per contract, however often it rang', async () => {
    const tools = ringTools(new Map());
    expect(await answerRings([ring('a.a', 1), ring('b.b', 1), ring('a.a', 2)], tools)).toEqual({ batchItemFailures: [] });
    expect(tools.committed.sort()).toEqual(['a.a', 'b.b']);
  });

  it('reports the messages of a contract that failed, all of them, and no other', async () => {
    const tools = ringTools(new Map([['a.a', new CommitConflictError('lost', { code: 'x' })]]));
    const answer = await answerRings([ring('a.a', 1, 2), ring('b.b', 1), ring('a.a', 2), ring('c.c', 1)], tools);
    expect(answer.batchItemFailures).toEqual([{ itemIdentifier: 'a.a-1' }, { itemIdentifier: 'a.a-2' }]);
    expect(tools.committed.sort()).toEqual(['a.a', 'b.b', 'c.c']);
    expect(tools.released).toEqual([
      ['handle-a.a-1', releaseAfterS(2)],
      ['handle-a.a-2', releaseAfterS(1)],
    ]);
    expect(tools.reported.map(([contract, error]) => [contract, error.name])).toEqual([['a.a', ERROR_NAMES.commitConflict]]);
  });

  it('reports an error that is not ours as a bug, without its message', async () => {
    const tools = ringTools(new Map([['a.a', new SyntaxError('unexpected token in {"user":"secret"}')]]));
    await answerRings([ring('a.a', 1)], tools);
    const [, error] = tools.reported[0]!;
    expect(error.name).toBe(ERROR_NAMES.invariant);
    expect(error.message).not.toContain('secret');
  });

  it.each(['', 'not json', '5', 'null', '{}', '{"contract":5}', '{"contract":""}', '{"contract":"../a.b"}', '{"contract":"a.b/../c"}'])(
    'reports the message %j and goes on',
    async (body) => {
      const tools = ringTools(new Map());
      const answer = await answerRings([{ ...ring('x', 1), body }, ring('b.b', 1)], tools);
      expect(answer.batchItemFailures).toEqual([{ itemIdentifier: 'x-1' }]);
      expect(tools.committed).toEqual(['b.b']);
      expect(tools.reported[0]![1]).toBeInstanceOf(InputRefusedError);
    },
  );

  it('a message that is no ring is given back at once, so that its group does not wait a visibility timeout for each of its deliveries', async () => {
    const tools = ringTools(new Map());
    await answerRings([{ ...ring('x', 1, 9), body: 'not json' }], tools);
    expect(tools.released).toEqual([['handle-x-1', MALFORMED_RELEASE_S]]);
    expect(MALFORMED_RELEASE_S * LIMITS.ringDeliveriesMax).toBeLessThan(60);
  });

  it('commits a contract that may have ended its process alone, and gives the others back at once', async () => {
    const tools = ringTools(new Map());
    const answer = await answerRings(
      [ring('a.a', 1), ring('b.b', 1, LIMITS.ringSuspectDeliveries), ring('c.c', 1, 2), ring('b.b', 2)],
      tools,
    );
    expect(tools.committed).toEqual(['b.b']);
    expect(answer.batchItemFailures).toEqual([{ itemIdentifier: 'a.a-1' }, { itemIdentifier: 'c.c-1' }]);
    expect(tools.released).toEqual([
      ['handle-a.a-1', 0],
      ['handle-c.c-1', 0],
    ]);
  });

  it('that was given back once is no suspect itself', async () => {
    const tools = ringTools(new Map());
    expect(await answerRings([ring('a.a', 1, 2), ring('c.c', 1, 2)], tools)).toEqual({ batchItemFailures: [] });
    expect(tools.committed.sort()).toEqual(['a.a', 'c.c']);
  });

  it('of one contract is committed, however often it was delivered, and what is no ring is no suspect', async () => {
    const tools = ringTools(new Map());
    expect(await answerRings([ring('a.a', 1, 9)], tools)).toEqual({ batchItemFailures: [] });
    await answerRings([{ ...ring('x', 1, 9), body: 'not json' }, ring('b.b', 1)], tools);
    expect(tools.committed).toEqual(['a.a', 'b.b']);
  });

  it('of nothing is answered with nothing', async () => {
    expect(await answerRings([], ringTools(new Map()))).toEqual({ batchItemFailures: [] });
  });

  it('is released sooner at first and never later than five minutes', () => {
    const pauses = Array.from({ length: 30 }, (_, i) => releaseAfterS(i + 1));
    expect(pauses.slice(0, 3)).toEqual([5, 10, 20]);
    expect(Math.max(...pauses)).toBe(300);
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
  });
});

describe('watch', () => {
  it('rings contracts with something staged, and only those, and says how old the oldest is', async () => {
    const { ports } = makeMemoryPorts({ root: 's3://lake' });
    const rung: string[] = [];
    const counts: [string, number, string | undefined][] = [];
    const watched = {
      ...ports,
      doorbell: { ring: async (name: string) => void rung.push(name) },
      telemetry: {
        ...ports.telemetry,
        count: (metric: string, value: number, dimensions?: Readonly<Record<string, string>>) =>
          void counts.push([metric, value, dimensions?.['contract']]),
      },
    };
    await ports.files.create(contractPaths(ports.root, 'a.a').descriptor('1-x'), Buffer.from('{}'));
    await ports.files.create(contractPaths(ports.root, 'b.b').entry(1), Buffer.from('{}'));
    const outcome = await ringStaged(watched, ['a.a', 'b.b', 'c.c'], () => {});
    expect(outcome).toEqual({ rung: ['a.a'], failed: [] });
    expect(rung).toEqual(['a.a']);
    expect(counts.map(([metric, , contract]) => [metric, contract])).toEqual(
      ['a.a', 'b.b', 'c.c'].map((name) => [STAGED_AGE_METRIC, name]),
    );
  });

  it('goes on after a contract it cannot look at, and fails at the end', async () => {
    const { ports } = makeMemoryPorts({ root: 's3://lake' });
    for (const name of ['a.a', 'b.b']) await ports.files.create(contractPaths(ports.root, name).descriptor('1-x'), Buffer.from('{}'));
    const rung: string[] = [];
    const doorbell = {
      ring: async (name: string) => {
        if (name === 'a.a') throw new TransientIoError('no', { code: 'x' });
        rung.push(name);
      },
    };
    const reported: string[] = [];
    const { failed } = await ringStaged({ ...ports, doorbell }, ['a.a', 'b.b'], (name) => void reported.push(name));
    expect([rung, failed, reported]).toEqual([['b.b'], ['a.a'], ['a.a']]);
    expect(() => throwIfAnyFailed(failed)).toThrow(TransientIoError);
    expect(() => throwIfAnyFailed([])).not.toThrow();
  });
});

const CONTEXT = {
  awsRequestId: 'r',
  functionName: 'f',
  memoryLimitInMB: '1',
  invokedFunctionArn: 'arn',
  getRemainingTimeInMillis: () => 60_000,
};

describe('the handler chain', () => {
  const telemetryOf = () => {
    const recorded = recordingTelemetry();
    return {
      ...makeLambdaTelemetry({ namespace: 'Firn', service: 'test', environment: 'test' }),
      count: recorded.count,
      log: recorded.log,
      recorded,
    };
  };

  it('answers what the job answers', async () => {
    const handler = makeHandler(telemetryOf(), async (event: { n: number }) => event.n + 1);
    expect(await handler({ n: 1 }, CONTEXT)).toBe(2);
  });

  it('lets our own errors through by their literal name', async () => {
    const telemetry = telemetryOf();
    const thrown = new TransientIoError('read failed', { code: 'x', details: { uri: 's3://a/b' } });
    const handler = makeHandler(telemetry, async () => Promise.reject(thrown));
    expect(await rejection(handler({}, CONTEXT))).toBe(thrown);
    expect(telemetry.recorded.counts.get(FAILED_INVOCATIONS_METRIC)).toBe(1);
    expect(telemetry.recorded.logs[0]).toMatchObject({
      level: 'error',
      message: 'read failed',
      fields: { uri: 's3://a/b', errorClass: ERROR_NAMES.transientIo },
    });
  });

  it('makes a bug of any other error and shows where, never what it said', async () => {
    const telemetry = telemetryOf();
    const handler = makeHandler(telemetry, async () => JSON.parse('{"card":"4111"'));
    const error = (await rejection(handler({ card: '4111' }, CONTEXT))) as FirnError;
    expect(error.name).toBe(ERROR_NAMES.invariant);
    expect(JSON.stringify([error.message, telemetry.recorded.logs])).not.toContain('4111');
    expect(telemetry.recorded.logs[0]!.fields).toMatchObject({ cause: 'SyntaxError', at: expect.stringContaining('at ') });
  });
});

describe('the metric of parked tables', () => {
  it('is the one a commit counts when it parks', async () => {
    const memory = makeMemoryPorts({ root: 's3://lake' });
    const contract = scoresContract({ namespace: 'game' });
    const land = makeLanding(memory.ports, contract);
    const deliver = async (from: number) => {
      const deadline = startDeadline(memory.ports.clock, LIMITS.landDeadlineMs);
      await land(kafkaEvent({ partition: 0, from, count: 10 }), deadline);
      await commitContract({ ports: memory.ports, contractName: contract.name, deadline });
    };
    await deliver(0);
    expect(memory.counts.has(PARKED_METRIC)).toBe(false);
    memory.world.dropTable(contract.tables[0]!.identifier);
    await deliver(10);
    expect(memory.counts.get(PARKED_METRIC)).toBeGreaterThan(0);
  });
});

describe('the deadline of an invocation', () => {
  const clock = { nowMs: () => 1_000 };
  const left = (ms: number) => ({ ...CONTEXT, getRemainingTimeInMillis: () => ms });

  it('is the limit, or what Lambda leaves less one request, whichever is shorter', () => {
    expect(invocationDeadline(clock, left(LIMITS.landTimeoutS * 1000), LIMITS.landDeadlineMs).endsAtMs).toBe(1_000 + LIMITS.landDeadlineMs);
    expect(invocationDeadline(clock, left(100_000), LIMITS.landDeadlineMs).endsAtMs).toBe(1_000 + 100_000 - LIMITS.ioTimeoutMs);
    expect(() => invocationDeadline(clock, left(10), LIMITS.landDeadlineMs).check('anything')).toThrow('deadline over');
  });
});
