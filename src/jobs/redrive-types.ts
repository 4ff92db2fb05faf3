// What a redrive is given and gives back.
import type { CompiledContract } from '../contract/compiled.ts';
import type { Judge } from '../pipeline/judge.ts';
import type { Ports } from '../ports.ts';
import type { Deadline } from './deadline.ts';
import type { QuarantineFilter } from './read-quarantine.ts';
import type { LandBatchRequest, ResolvedContract } from './types.ts';

export interface RedriveRequest {
  readonly ports: Ports;
  readonly contract: CompiledContract;
  readonly resolved: ResolvedContract;
  readonly judge: Judge;
  readonly deadline: Deadline;
  readonly filter: QuarantineFilter;
  /** Judge and count only; nothing is written. */
  readonly isPlan: boolean;
  /** Looks at every unit in a process of its own first: a record that loops or exhausts memory stays quarantined. */
  readonly guard?: LandBatchRequest['guard'];
}

export interface RedriveResult {
  readonly contract: string;
  /** Quarantined records that match the filter. */
  readonly examined: number;
  /** Of these: rows that land now, and records that the contract filters now. The rest stays quarantined. */
  readonly accepted: number;
  readonly filtered: number;
  /** Ledger entries that moved them. */
  readonly entries: readonly number[];
  /** Units left for the next round because the ledger moved on. */
  readonly replanned: number;
}
