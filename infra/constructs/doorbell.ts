// The doorbell: a FIFO queue whose group is the contract, so that SQS hands a contract to one committer at a time. Its delay is the
// commit interval (whole seconds, at least one): rings of one interval share a deduplication id and are delivered after it has
// ended. Deduplication by content is off: the id says the interval, the content does not.
import { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { LIMITS } from '../../src/contract/limits.ts';

export class Doorbell extends Construct {
  readonly queue: sqs.Queue;
  readonly deadLetters: sqs.Queue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const shared = { fifo: true, encryption: sqs.QueueEncryption.SQS_MANAGED, enforceSSL: true, contentBasedDeduplication: false };
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

  /** Rings given up. */
  deadLettersVisible(): cloudwatch.Metric {
    return this.deadLetters.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: 'Maximum' });
  }

  /** Age of the oldest ring nobody has answered. */
  oldestRing(): cloudwatch.Metric {
    return this.queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1), statistic: 'Maximum' });
  }
}
