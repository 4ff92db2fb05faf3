// Which form an input has, by its first line (DESIGN §5.7). `lambda`: an object with `eventSource` of Kafka and `records`, or what a failure
// destination was given.
// `records`: an object with exactly Kafka's members `topic`, `partition`, `offset`, `timestamp` and `value`. Everything else is `events`,
// which takes any line: what a line holds is judged by the contract. `--format` overrules.
import { isFailureRecord } from '../decode/failure-record.ts';
import type { OpenedInput } from './open-input.ts';

export type InputFormat = 'events' | 'records' | 'lambda';
export const INPUT_FORMATS: readonly InputFormat[] = ['events', 'records', 'lambda'];

const HEAD_BYTES = 1024 * 1024;
/** Of an event, and of what a failure destination was given: there an event of megabytes is one text at the end. */
const BEGINNINGS = [
  /^\{[\s\S]{0,10000}?"eventSource"\s*:\s*"(aws:kafka|SelfManagedKafka)"/,
  /^\{\s*"requestContext"\s*:[\s\S]{0,10000}?"KafkaBatchInfo"\s*:/,
];
const RECORD_MEMBERS = new Set(['topic', 'partition', 'offset', 'timestamp', 'timestampType', 'key', 'value', 'headers']);

/** Reads at most a megabyte. */
export async function sniffFormat(input: OpenedInput): Promise<InputFormat> {
  return formatOf(await readHead(input));
}

/** The form of a text's beginning. */
export function formatOf(head: string): InputFormat {
  const text = head.replace(/^\ufeff/, '').trimStart();
  const line = text.split('\n', 1)[0]!.trim();
  const value = parse(line);
  // Printed over several lines, or longer than what is looked at: only its beginning tells.
  if (value === undefined) return BEGINNINGS.some((one) => one.test(text)) ? 'lambda' : 'events';
  if (typeof value !== 'object' || value === null) return 'events';
  if (isLambdaEvent(value) || isFailureRecord(value)) return 'lambda';
  return isKafkaRecord(value as Record<string, unknown>) ? 'records' : 'events';
}

function isLambdaEvent(value: object): boolean {
  const { eventSource, records } = value as { readonly eventSource?: unknown; readonly records?: unknown };
  return (eventSource === 'aws:kafka' || eventSource === 'SelfManagedKafka') && typeof records === 'object';
}

function isKafkaRecord(value: Record<string, unknown>): boolean {
  const isText = typeof value['topic'] === 'string' && (typeof value['value'] === 'string' || value['value'] === null);
  const isPlaced = ['partition', 'offset', 'timestamp'].every((name) => Number.isInteger(value[name]));
  return isText && isPlaced && Object.keys(value).every((name) => RECORD_MEMBERS.has(name));
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function readHead(input: OpenedInput): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of input.chunks()) {
    parts.push(chunk);
    bytes += chunk.length;
    if (bytes >= HEAD_BYTES || chunk.includes(0x0a)) break;
  }
  return Buffer.concat(parts).toString('utf8');
}
