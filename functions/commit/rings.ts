// Rings of one SQS batch → one commit per contract. A contract that fails reports its own messages and no others: a batch that
// fails as a whole would carry innocent contracts to the dead-letter queue. All messages of a failed group are reported, so their
// order in the group holds. Failed messages are released after a short pause: left alone they would block their group for the
// whole visibility timeout. A contract whose commits end the process, with all rings of the batch in it, is committed alone from its
// third delivery on: the others are given back at once and hidden no more. Upholds promise 4.
import { LIMITS } from '../../src/contract/limits.ts';
import { type FirnError, InputRefusedError } from '../../src/errors.ts';
import { contractNameKey } from '../shared/config.ts';
import { asFirnError } from '../shared/failures.ts';

/** What we use of an SQS record in Lambda's event. */
export interface RingRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: { readonly ApproximateReceiveCount: string };
}

export interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

export interface RingTools {
  readonly commit: (contractName: string) => Promise<void>;
  /** Makes a message visible again after so many seconds; best effort. */
  readonly release: (receiptHandle: string, seconds: number) => Promise<void>;
  readonly report: (contractName: string, error: FirnError) => void;
}

/**
 * No repeat mends a message that is no ring, and the group it came in waits for it: it goes through its deliveries and into the
 * dead-letter queue in seconds, not in as many visibility timeouts.
 */
export const MALFORMED_RELEASE_S = 1;

/** Commits every contract named in the batch, at the same time, or a suspect alone; answers which messages to deliver again. */
export async function answerRings(records: readonly RingRecord[], tools: RingTools): Promise<BatchResponse> {
  const groups = [...Map.groupBy(records, (record) => contractOf(record.body))];
  const suspect = groups.length > 1 ? suspectOf(groups) : undefined;
  const failed = await Promise.all(
    groups.map(([contract, group]) =>
      suspect === undefined || contract === suspect ? answerGroup(contract, group, tools) : giveBack(group, tools),
    ),
  );
  return { batchItemFailures: failed.flat().map((record) => ({ itemIdentifier: record.messageId })) };
}

type Group = readonly [contract: string | undefined, records: readonly RingRecord[]];

/** The contract whose rings were delivered most often, if that is suspicious. What is no ring commits nothing. */
function suspectOf(groups: readonly Group[]): string | undefined {
  const deliveries = ([, records]: Group) => Math.max(...records.map(({ attributes }) => Number(attributes.ApproximateReceiveCount)));
  const worst = groups.filter(([contract]) => contract !== undefined).sort((a, b) => deliveries(b) - deliveries(a))[0];
  return worst !== undefined && deliveries(worst) >= LIMITS.ringSuspectDeliveries ? worst[0] : undefined;
}

/** Visible again at once, for another invocation. */
async function giveBack(group: readonly RingRecord[], { release }: RingTools): Promise<readonly RingRecord[]> {
  for (const record of group) await release(record.receiptHandle, 0);
  return group;
}

/** 5, 10, 20 … 300 seconds: a group retries soon at first and does not spin. */
export function releaseAfterS(receiveCount: number): number {
  return Math.min(300, 5 * 2 ** Math.max(0, Math.min(receiveCount, 16) - 1));
}

async function answerGroup(contract: string | undefined, group: readonly RingRecord[], tools: RingTools): Promise<readonly RingRecord[]> {
  if (contract === undefined) {
    tools.report(
      '',
      new InputRefusedError(`ring refused: expected {"contract": name}, got another message (${group.length} of them)`, {
        code: 'malformed-ring',
      }),
    );
    for (const record of group) await tools.release(record.receiptHandle, MALFORMED_RELEASE_S);
    return group;
  }
  try {
    await tools.commit(contract);
    return [];
  } catch (error) {
    tools.report(contract, asFirnError(error));
    for (const record of group) await tools.release(record.receiptHandle, releaseAfterS(Number(record.attributes.ApproximateReceiveCount)));
    return group;
  }
}

/** The name in a ring; undefined for a message that is none, or names what can be no contract: it goes to the dead-letter queue by itself. */
function contractOf(body: string): string | undefined {
  try {
    const ring = JSON.parse(body) as { readonly contract?: unknown } | null;
    return typeof ring?.contract === 'string' ? contractNameKey.parse(ring.contract) : undefined;
  } catch {
    return undefined;
  }
}
