// Rings of one SQS batch → one commit per contract. A contract that fails reports its own messages and no others: a batch that
// fails as a whole would carry innocent contracts to the dead-letter queue. All messages of a failed group are reported, so their
// order in the group holds. Failed messages are released after a short pause: left alone they would block their group for the
// whole visibility timeout. Upholds promise 4.
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

/** Commits every contract named in the batch, at the same time; answers which messages to deliver again. */
export async function answerRings(records: readonly RingRecord[], tools: RingTools): Promise<BatchResponse> {
  const groups = Map.groupBy(records, (record) => contractOf(record.body));
  const failed = await Promise.all([...groups].map(([contract, group]) => answerGroup(contract, group, tools)));
  return { batchItemFailures: failed.flat().map((record) => ({ itemIdentifier: record.messageId })) };
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
