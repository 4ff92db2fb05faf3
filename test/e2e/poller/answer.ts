// A function's answer → which records of the batch to deliver again. Only for mappings with ReportBatchItemFailures. Source: AWS Lambda
// developer guide, "Configuring error handling controls for Kafka event sources", partial batch response: an object form,
// {"batchItemFailures": [{"itemIdentifier": {"partition": "<topic>-<partition>", "offset": 100}}]}; anything invalid counts as a failure of
// the whole batch; nothing, null or an empty list as its success. Within a partition everything from the lowest failed offset on comes again.
import type { EventRecord } from './event.ts';

/** Records to deliver again, in order; `invalid` for an answer that says nothing valid. */
export function failedRecords(topic: string, records: readonly EventRecord[], answer: unknown): readonly EventRecord[] | 'invalid' {
  if (answer === null || answer === undefined || answer === '') return [];
  if (typeof answer !== 'object' || Array.isArray(answer)) return 'invalid';
  const { batchItemFailures } = answer as { readonly batchItemFailures?: unknown };
  if (batchItemFailures === undefined || batchItemFailures === null) return [];
  if (!Array.isArray(batchItemFailures)) return 'invalid';
  const sent = new Map(records.map(({ record }) => [`${topic}-${record.partition} ${record.offset}`, record]));
  const lowest = new Map<number, number>();
  for (const failure of batchItemFailures as readonly unknown[]) {
    const place = placeOf(failure);
    const record = place === undefined ? undefined : sent.get(place);
    if (record === undefined) return 'invalid';
    lowest.set(record.partition, Math.min(record.offset, lowest.get(record.partition) ?? Number.POSITIVE_INFINITY));
  }
  return records.filter(({ record }) => record.offset >= (lowest.get(record.partition) ?? Number.POSITIVE_INFINITY));
}

function placeOf(failure: unknown): string | undefined {
  const identifier = (failure as { readonly itemIdentifier?: unknown } | null)?.itemIdentifier;
  if (typeof identifier !== 'object' || identifier === null) return undefined;
  const { partition, offset } = identifier as { readonly partition?: unknown; readonly offset?: unknown };
  return typeof partition === 'string' && Number.isInteger(offset) ? `${partition} ${offset}` : undefined;
}
