// The SQS side of the fake: SendMessage to a FIFO queue, deduplicated by id for ever, and ChangeMessageVisibility.
import { createHash } from 'node:crypto';
import { type FakeAws, jsonError, type Reply, type Seen } from './fake-aws.ts';

export function sqsOperation(fake: FakeAws, seen: Seen): Reply {
  const input = JSON.parse(seen.body.toString('utf8')) as Record<string, string>;
  if (seen.operation === 'ChangeMessageVisibility') {
    fake.released.push(input);
    return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: '{}' };
  }
  if (seen.operation !== 'SendMessage') return jsonError(400, 'InvalidAction');
  if (input['DelaySeconds'] !== undefined) return jsonError(400, 'InvalidParameterValue');
  const isKnown = fake.messages.some((message) => message['MessageDeduplicationId'] === input['MessageDeduplicationId']);
  if (!isKnown) fake.messages.push(input);
  const md5 = createHash('md5').update(input['MessageBody']!).digest('hex');
  return {
    status: 200,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify({ MessageId: String(fake.messages.length), MD5OfMessageBody: md5, SequenceNumber: '1' }),
  };
}
