import { describe, expect, it } from 'vitest';
import { fifoToken, makeSqsDoorbell } from '../../../src/aws/sqs-doorbell.ts';
import { makeRingRelease, RINGS_NOT_RELEASED_METRIC } from '../../../src/aws/sqs-release.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { TransientIoError } from '../../../src/errors.ts';
import { makeRig, type Rig, rejection } from './support/rig.ts';

const QUEUE_URL = 'https://sqs.eu-north-1.amazonaws.com/000000000000/firn.fifo';

function doorbellOf(rig: Rig, clock: { ms: number }) {
  return makeSqsDoorbell({ client: rig.clients.sqs, queueUrl: QUEUE_URL, clock: { nowMs: () => clock.ms }, retry: rig.retry });
}

describe('the doorbell on SQS', () => {
  it('sends the name alone, in the group of the contract, without a delay of its own', async () => {
    const rig = await makeRig();
    await doorbellOf(rig, { ms: 5_500 }).ring('game.events');
    expect(rig.aws.messages).toEqual([
      {
        QueueUrl: QUEUE_URL,
        MessageBody: '{"contract":"game.events"}',
        MessageGroupId: 'game.events',
        MessageDeduplicationId: `game.events:${Math.floor(5_500 / LIMITS.commitIntervalMs)}`,
      },
    ]);
  });

  it('makes one message of all rings of an interval, and another of the next', async () => {
    const rig = await makeRig();
    const clock = { ms: 10 * LIMITS.commitIntervalMs };
    const doorbell = doorbellOf(rig, clock);
    await doorbell.ring('a.a');
    clock.ms += LIMITS.commitIntervalMs - 1;
    await doorbell.ring('a.a');
    await doorbell.ring('b.b');
    expect(rig.aws.messages.map((message) => message['MessageGroupId'])).toEqual(['a.a', 'b.b']);
    clock.ms += 1;
    await doorbell.ring('a.a');
    expect(rig.aws.messages.map((message) => message['MessageGroupId'])).toEqual(['a.a', 'b.b', 'a.a']);
  });

  it('rings again after a lost reply without a second message, and is transient when SQS stays away', async () => {
    const rig = await makeRig();
    const doorbell = doorbellOf(rig, { ms: 0 });
    rig.aws.failNext('SendMessage', { kind: 'reset', applied: true });
    await doorbell.ring('a.a');
    expect(rig.aws.messages).toHaveLength(1);
    for (let i = 0; i < LIMITS.ioAttemptsMax; i++)
      rig.aws.failNext('SendMessage', { kind: 'error', applied: false, status: 500, code: 'InternalError' });
    const error = await rejection(doorbell.ring('a.a'));
    expect(error).toBeInstanceOf(TransientIoError);
    expect(error.message).toContain('ring failed at a.a');
  });

  it('names groups SQS accepts whatever the contract is called', () => {
    expect(fifoToken('game.access-events')).toBe('game.access-events');
    expect(fifoToken(`ns.${'x'.repeat(200)}`)).toMatch(/^[0-9a-f]{64}$/);
    expect(fifoToken('ns.ünï')).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('the release of a failed ring', () => {
  it('makes the message visible again after the seconds asked for', async () => {
    const rig = await makeRig();
    const release = makeRingRelease({ client: rig.clients.sqs, queueUrl: QUEUE_URL, telemetry: rig.telemetry, retry: rig.retry });
    await release('handle', 20);
    expect(rig.aws.released).toEqual([{ QueueUrl: QUEUE_URL, ReceiptHandle: 'handle', VisibilityTimeout: 20 }]);
    expect(rig.telemetry.counts.size).toBe(0);
  });

  it('that does not succeed is counted and stops nothing', async () => {
    const rig = await makeRig();
    const release = makeRingRelease({ client: rig.clients.sqs, queueUrl: QUEUE_URL, telemetry: rig.telemetry, retry: rig.retry });
    rig.aws.failNext('ChangeMessageVisibility', { kind: 'error', applied: false, status: 400, code: 'MessageNotInflight' });
    await release('handle', 20);
    expect(rig.telemetry.counts.get(RINGS_NOT_RELEASED_METRIC)).toBe(1);
  });
});
