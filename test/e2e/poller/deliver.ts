// Delivers one batch until nothing of it is left to deliver: invoked, repeated, split, or given up. On-demand pollers repeat a batch as it
// is without end, or ten times where a failure destination is set. Provisioned ones drop what is too old, split a failed batch in two
// (which costs no attempt), deliver again only what a partial answer names, and give up after the attempts they are allowed. A throttled
// invocation is nobody's attempt. Order within a partition holds throughout: the first half is done with before the second begins.
import { failedRecords } from './answer.ts';
import { type EventRecord, eventText } from './event.ts';
import type { DiscardRecord, ErrorHandling, Invocation, KafkaSide, LambdaSide, Mapping, PollerClock, PollerTally } from './types.ts';

export interface Delivery {
  readonly mapping: Mapping;
  readonly kafka: Pick<KafkaSide, 'servers'>;
  readonly lambda: LambdaSide;
  readonly clock: PollerClock;
  readonly tally: PollerTally;
  readonly isStopping: () => boolean;
}

/** "When you configure both infinite retries and an on-failure destination, Lambda automatically applies a maximum of 10 retry attempts." */
export const RETRIES_WITH_DESTINATION = 10;
const ON_DEMAND: ErrorHandling = { retriesMax: -1, recordAgeMsMax: -1, isBisecting: false, isPartial: false };
const ERRORS_KEPT = 20;
const PAUSE_MS_MIN = 200;
const PAUSE_MS_MAX = 5_000;

/** One part of a batch, with the attempts it has behind it. */
interface Work {
  readonly records: readonly EventRecord[];
  readonly attempts: number;
}

/** False if it was stopped with something left; the batch then comes again from its beginning, as after the end of a real poller. */
export async function deliverBatch(delivery: Delivery, records: readonly EventRecord[]): Promise<boolean> {
  const works: Work[] = [{ records, attempts: 0 }];
  let failures = 0;
  for (let work = works.shift(); work !== undefined; work = works.shift()) {
    if (delivery.isStopping()) return false;
    const young = await dropOld(delivery, work);
    if (young.length === 0) continue;
    const invocation = await invoke(delivery, young);
    const left = await settle(delivery, { records: young, attempts: work.attempts }, invocation);
    if (left.length === 0) {
      failures = 0;
      continue;
    }
    works.unshift(...left);
    failures++;
    await delivery.clock.sleep(Math.min(PAUSE_MS_MAX, PAUSE_MS_MIN * 2 ** Math.min(failures - 1, 10)));
  }
  return true;
}

/** Gives up a record that no event can hold. */
export async function discardOversize(delivery: Delivery, record: EventRecord): Promise<void> {
  await giveUp(delivery, [record], { condition: 'MaximumPayloadSizeExceeded', invocations: 0, invocation: undefined });
}

function handlingOf({ provisioned, destination }: Mapping): ErrorHandling {
  const handling = provisioned ?? ON_DEMAND;
  return handling.retriesMax === -1 && destination !== undefined ? { ...handling, retriesMax: RETRIES_WITH_DESTINATION } : handling;
}

async function dropOld(delivery: Delivery, { records, attempts }: Work): Promise<readonly EventRecord[]> {
  const { recordAgeMsMax } = handlingOf(delivery.mapping);
  if (recordAgeMsMax === -1) return records;
  const oldestMs = delivery.clock.nowMs() - recordAgeMsMax;
  const old = records.filter(({ record }) => record.timestampMs < oldestMs);
  if (old.length > 0) await giveUp(delivery, old, { condition: 'RecordAgeExceeded', invocations: attempts, invocation: undefined });
  return records.filter(({ record }) => record.timestampMs >= oldestMs);
}

async function invoke({ mapping, kafka, lambda, tally }: Delivery, records: readonly EventRecord[]): Promise<Invocation> {
  const event = eventText(mapping, kafka.servers, records);
  tally.invocations++;
  tally.eventBytesMax = Math.max(tally.eventBytesMax, Buffer.byteLength(event));
  tally.partitionsMax = Math.max(tally.partitionsMax, new Set(records.map(({ record }) => record.partition)).size);
  return lambda.invoke(mapping.functionName, event);
}

/** What of it is to be delivered next, in order; nothing when it is done with. */
async function settle(delivery: Delivery, work: Work, invocation: Invocation): Promise<readonly Work[]> {
  const { mapping, tally } = delivery;
  const handling = handlingOf(mapping);
  if (invocation.kind === 'not-invoked') {
    tally.notInvoked++;
    return [work];
  }
  if (invocation.kind === 'answered') {
    const failed = handling.isPartial ? failedRecords(mapping.topic, work.records, invocation.answer) : [];
    if (failed !== 'invalid' && failed.length < work.records.length) {
      tally.records += work.records.length - failed.length;
      return failed.length === 0 ? [] : [{ records: failed, attempts: 0 }];
    }
  }
  tally.functionErrors++;
  if (invocation.kind === 'function-error') tally.errorMessages = [...tally.errorMessages.slice(-ERRORS_KEPT), invocation.message];
  if (handling.isBisecting && work.records.length > 1) return halves(work);
  const attempts = work.attempts + 1;
  if (handling.retriesMax === -1 || attempts <= handling.retriesMax) return [{ ...work, attempts }];
  await giveUp(delivery, work.records, { condition: 'RetryAttemptsExhausted', invocations: attempts, invocation });
  return [];
}

function halves({ records, attempts }: Work): readonly Work[] {
  const middle = Math.ceil(records.length / 2);
  return [
    { records: records.slice(0, middle), attempts },
    { records: records.slice(middle), attempts },
  ];
}

interface Reason {
  readonly condition: DiscardRecord['requestContext']['condition'];
  readonly invocations: number;
  readonly invocation: Invocation | undefined;
}

/** To the failure destination, if there is one; else it is gone. */
async function giveUp(delivery: Delivery, records: readonly EventRecord[], reason: Reason): Promise<void> {
  const { mapping, lambda, tally } = delivery;
  tally.discarded += records.length;
  if (mapping.destination === undefined) return;
  await lambda.discard(mapping.destination, mapping, discardRecord(delivery, records, reason));
}

function discardRecord({ mapping, kafka, clock }: Delivery, records: readonly EventRecord[], reason: Reason): DiscardRecord {
  const event = eventText(mapping, kafka.servers, records);
  const failed = reason.invocation?.kind === 'function-error' ? reason.invocation : undefined;
  return {
    requestContext: {
      requestId: failed?.requestId ?? '',
      functionArn: mapping.functionName,
      condition: reason.condition,
      approximateInvokeCount: reason.invocations,
    },
    responseContext:
      reason.invocation === undefined
        ? null
        : { statusCode: 200, executedVersion: '$LATEST', functionError: failed?.functionError ?? 'Unhandled' },
    version: '1.0',
    timestamp: new Date(clock.nowMs()).toISOString(),
    KafkaBatchInfo: {
      batchSize: records.length,
      ...(mapping.eventSourceArn === undefined ? {} : { eventSourceArn: mapping.eventSourceArn }),
      bootstrapServers: kafka.servers,
      payloadSize: Buffer.byteLength(event),
      recordsInfo: Object.fromEntries(
        [...Map.groupBy(records, ({ record }) => record.partition)].map(([partition, list]) => [
          `${mapping.topic}-${partition}`,
          rangeOf(list),
        ]),
      ),
    },
    ...(mapping.destination?.startsWith('arn:aws:s3:') ? { payload: event } : {}),
  };
}

function rangeOf(records: readonly EventRecord[]): DiscardRecord['KafkaBatchInfo']['recordsInfo'][string] {
  const [first, last] = [records[0]!.record, records.at(-1)!.record];
  return {
    firstRecordOffset: String(first.offset),
    lastRecordOffset: String(last.offset),
    firstRecordTimestamp: new Date(first.timestampMs).toISOString(),
    lastRecordTimestamp: new Date(last.timestampMs).toISOString(),
  };
}
