// The doorbell: a FIFO queue whose group is the contract, so that SQS hands a contract to one committer at a time. Its delay is the
// commit interval (whole seconds, at least one): rings of one interval share a deduplication id and are delivered after it has
// ended. Deduplication by content is off: the id says the interval, the content does not.
import { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { LIMITS } from '../../src/contract/limits.ts';
import { allow, grantKey } from '../grants.ts';

export interface DoorbellProps {
  /** @default SQS's own key */
  readonly encryptionKey?: kms.IKey;
}

export class Doorbell extends Construct {
  readonly queue: sqs.Queue;
  readonly deadLetters: sqs.Queue;
  readonly #encryptionKey: kms.IKey | undefined;

  constructor(scope: Construct, id: string, props: DoorbellProps = {}) {
    super(scope, id);
    this.#encryptionKey = props.encryptionKey;
    const encryption =
      props.encryptionKey === undefined
        ? { encryption: sqs.QueueEncryption.SQS_MANAGED }
        : { encryption: sqs.QueueEncryption.KMS, encryptionMasterKey: props.encryptionKey };
    const shared = { fifo: true, ...encryption, enforceSSL: true, contentBasedDeduplication: false };
    this.deadLetters = new sqs.Queue(this, 'DeadLetters', { ...shared, retentionPeriod: Duration.days(14) });
    this.queue = new sqs.Queue(this, 'Queue', {
      ...shared,
      deliveryDelay: Duration.seconds(Math.max(1, Math.ceil(LIMITS.commitIntervalMs / 1000))),
      visibilityTimeout: Duration.seconds(LIMITS.ringVisibilityS),
      retentionPeriod: Duration.days(4),
      deduplicationScope: sqs.DeduplicationScope.MESSAGE_GROUP,
      fifoThroughputLimit: sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: LIMITS.ringDeliveriesMax },
    });
  }

  /** Lets the role ring: SendMessage alone, and the customer's key by exact actions, where CDK's own grant has stars. */
  grantRing(role: iam.IGrantable): void {
    allow(role, ['sqs:SendMessage'], [this.queue.queueArn]);
    grantKey(role, this.#encryptionKey);
  }

  /** Rings given up. */
  deadLettersVisible(): cloudwatch.Metric {
    return this.deadLetters.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: 'Maximum' });
  }

  /** Age of the oldest ring nobody has answered. */
  oldestRing(): cloudwatch.Metric {
    return this.queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1), statistic: 'Maximum' });
  }
}
