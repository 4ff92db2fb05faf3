// The record that Lambda writes to the failure destination of a Kafka event source, and the event in it (promise 1: what a destination took is
// landed from there). Only a destination in S3 is given the event; in any other the records are where they were, in Kafka.
// Source: AWS Lambda developer guide, "Capturing discarded batches for Amazon MSK and self-managed Apache Kafka event sources".
//
//   {requestContext: {…}, responseContext: {…}, version: '1.0', timestamp, KafkaBatchInfo: {…}, payload: '<the event>'}
import { InputRefusedError } from '../errors.ts';
import type { RecordContext } from './record-json.ts';

/** Is it such a record? */
export function isFailureRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'KafkaBatchInfo' in value && 'requestContext' in value;
}

/** The event in a failure record; anything else as it is. Throws InputRefusedError where the record has no event. */
export function eventOf(value: unknown, context: RecordContext): unknown {
  if (!isFailureRecord(value)) return value;
  const { payload } = value as { readonly payload?: unknown };
  if (typeof payload === 'object' && payload !== null) return payload;
  if (typeof payload !== 'string')
    throw refuse(
      context,
      'with the event as its payload, as destinations in S3 have it',
      'none: firn recover plan --kind resolve asks Kafka',
    );
  try {
    return JSON.parse(payload);
  } catch {
    throw refuse(context, 'an event in JSON as its payload', 'another text');
  }
}

function refuse(context: RecordContext, expected: string, got: string): InputRefusedError {
  return new InputRefusedError(`${context.where} is a failure record · expected ${expected}, got ${got} · nothing of it was landed`, {
    code: 'malformed-event',
    details: { expected, got, ...(context.details ?? {}) },
  });
}
