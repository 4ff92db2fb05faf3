// What a recovery in bounded units is given and what it answers: plain data that can be the input and output of a state. The plan lies under
// `_firn/<contract>/plans/` by the hash of its content; what travels is its name and the number of a unit.

import type { CompiledContract } from '../../contract/compiled.ts';
import { RECOVERY_KINDS, type RecoveryKind } from '../../contract/machine-payloads.ts';
import type { RecordSource } from '../../decode/records.ts';
import type { KafkaReader } from '../../kafka-ports.ts';
import type { Ports } from '../../ports.ts';
import type { Deadline } from '../deadline.ts';
import type { LandBatchRequest } from '../types.ts';

export interface RecoveryRequest {
  readonly ports: Ports;
  readonly contract: CompiledContract;
  readonly reader: KafkaReader;
  /** The contract's sources by topic, as the cluster behind `reader` has them. */
  readonly sources: ReadonlyMap<string, RecordSource>;
  readonly deadline: Deadline;
}

export interface PlanRecoveryRequest extends RecoveryRequest {
  readonly kind: RecoveryKind;
}

export type RecoveryUnit =
  /** Ask Kafka about unverified offsets of some partitions. */
  | { readonly kind: 'resolve'; readonly topic: string; readonly partitions: readonly number[]; readonly offsets: number }
  /** Land what Kafka holds from an offset on and before another. */
  | { readonly kind: 'land'; readonly topic: string; readonly partition: number; readonly from: number; readonly to: number };

export interface PlannedRecovery {
  /** Name of the stored plan. */
  readonly plan: string;
  readonly units: readonly RecoveryUnit[];
  /** What is not read, and why, in words. */
  readonly leftAlone: readonly string[];
}

export interface RecoverUnitRequest extends RecoveryRequest {
  readonly plan: string;
  readonly unit: number;
  /** Where an earlier turn of a `land` unit ended; 0 at first. */
  readonly from: number;
  /** Gets past poison. */
  readonly guard?: LandBatchRequest['guard'];
}

export interface RecoveredUnit {
  /** `more`: a bounded part is done. `left`: done, and some offsets nobody can tell about. */
  readonly kind: 'done' | 'more' | 'left';
  /** Where the next turn goes on. */
  readonly from: number;
  readonly landed: number;
  readonly absent: number;
  /** Offsets nobody can tell about. */
  readonly leftOffsets: number;
  /** Sources parked, in words. */
  readonly parked: readonly string[];
}

export interface RecoveryAudit {
  readonly kind: 'waiting' | 'open' | 'clean' | 'unclean';
  readonly scope: 'rows' | 'ledger';
  readonly unverified: number;
  readonly staged: number;
}

export function isRecoveryKind(text: string): text is RecoveryKind {
  return (RECOVERY_KINDS as readonly string[]).includes(text);
}
