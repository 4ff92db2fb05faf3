// How Lambda reads one cluster's topics, and what it does when a function fails. What Firn does by default loses nothing and costs
// nothing when idle: on-demand pollers, retries without end, no failure destination (docs/aws.md, "Event source").

export interface EventSourceConfig {
  /** @default { kind: 'on-demand' } */
  readonly pollers?: OnDemandPollers | ProvisionedPollers;
  /** Seconds Lambda gathers records before it invokes: 0 to 300. @default LIMITS.landWindowS */
  readonly windowS?: number;
  /** @default retries without end: a partition waits until its batch lands */
  readonly failures?: FailureHandling;
}

/** No cost when idle. Pollers scale by themselves; the cluster's subnets need a way to Lambda, STS and Secrets Manager. */
export interface OnDemandPollers {
  readonly kind: 'on-demand';
}

/** Billed by event poller unit and hour. Pollers need no way out of the cluster's subnets. */
export interface ProvisionedPollers {
  readonly kind: 'provisioned';
  /** 1 to 200. */
  readonly minimum: number;
  /** 1 to 2000; Lambda caps it at the number of partitions. */
  readonly maximum: number;
  /**
   * Event sources of one name in one VPC share units: at most 100, of at most 2000 pollers together. Letters, digits, `-` and `_`.
   * @default units of its own
   */
  readonly groupName?: string;
}

/**
 * Gives up on a batch and puts its records where they can be landed from later. Needs provisioned pollers. Offsets given up stay
 * unverified holes in the ledger until they are landed or declared.
 */
export interface FailureHandling {
  /** 0 to 10000: Lambda gives up after so many retries. */
  readonly retryAttemptsMax: number;
  /** 60 to 604800: and on records older than so many seconds. @default never by age */
  readonly recordAgeMaxS?: number;
  /** Halves a failing batch before it is tried again. @default true */
  readonly bisect?: boolean;
  /** Where the records go, whole: a queue or a notification would carry their offsets alone. */
  readonly destination: BucketDestination | TopicDestination;
}

export interface BucketDestination {
  readonly kind: 's3';
  readonly bucketArn: string;
  /** Customer key the bucket is encrypted with. @default none */
  readonly keyArn?: string;
}

/** A topic of the same cluster; it exists and is none that is read. */
export interface TopicDestination {
  readonly kind: 'kafka';
  readonly topic: string;
}
