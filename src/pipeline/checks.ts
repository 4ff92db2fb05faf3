// What failed in the record being read. A Check is one rule at one place with its policy; it collects how often it failed and
// the first message, so that a list of a million bad elements is one reason. Upholds promise 9: every failure is counted under
// `<rule>:<action>`, whatever becomes of the record.
import type { OnFailure, RulePolicy } from '../contract/compiled.ts';
import { LIMITS } from '../contract/limits.ts';
import type { Reason } from './types.ts';

export interface Check {
  readonly rule: string;
  /** Dotted column name, '' for the whole message. */
  readonly field: string;
  /** Top-level column the place belongs to. */
  readonly root: string;
  readonly action: OnFailure | 'shadow';
  /** Does a failure reject the record (quarantine, park, drop)? */
  readonly rejects: boolean;
  /** What its failures are counted under. */
  readonly counted: string;
  failures: number;
  message: string;
}

/** Failures of the record being read. */
export interface Failures {
  readonly failed: Check[];
  /** Top-level columns that have no value because of a failure: rules over them are not evaluated. */
  readonly unreadable: Set<string>;
}

export function makeCheck(policy: RulePolicy, field: string): Check {
  const action = policy.mode === 'shadow' ? 'shadow' : policy.onFailure;
  const root = field.split('.', 1)[0]!;
  const { rule } = policy;
  return { rule, field, root, action, rejects: rejects(action), counted: `${rule}:${action}`, failures: 0, message: '' };
}

function rejects(action: Check['action']): boolean {
  return action === 'quarantine' || action === 'park' || action === 'drop';
}

export function fail(failures: Failures, check: Check, message: string): void {
  if (check.failures++ > 0) return;
  check.message = message;
  failures.failed.push(check);
}

/** Forgets the record's failures. */
export function clearFailures(failures: Failures): void {
  const { failed, unreadable } = failures;
  // One by one: an array whose length is set gives its memory away, and the next failure would have to get it again.
  for (let check = failed.pop(); check; check = failed.pop()) check.failures = 0;
  if (unreadable.size > 0) unreadable.clear();
}

/** Quarantine and park win over drop, drop over everything else. */
export function outcomeOf(failures: Failures): 'accepted' | 'quarantined' | 'filtered' {
  let isDropped = false;
  for (const { action } of failures.failed) {
    if (action === 'quarantine' || action === 'park') return 'quarantined';
    if (action === 'drop') isDropped = true;
  }
  return isDropped ? 'filtered' : 'accepted';
}

/** Adds the record's failures to the counts. */
export function countFailures(failures: Failures, counts: Map<string, number>): void {
  for (const check of failures.failed) addCount(counts, check.counted, check.failures);
}

export function addCount(counts: Map<string, number>, name: string, count: number): void {
  if (count > 0) counts.set(name, (counts.get(name) ?? 0) + count);
}

/** The reasons of a quarantined record: what quarantined or parked it, once per rule and place. Warnings and drops are not reasons. */
export function reasonsOf(failures: Failures): Reason[] {
  const [only, second] = failures.failed;
  if (only && !second) return isReason(only) ? [{ rule: only.rule, field: only.field, message: only.message }] : [];
  const reasons = new Map<string, Reason>();
  for (const check of failures.failed) {
    const { rule, field, message } = check;
    const key = `${rule}\0${field}`;
    if (isReason(check) && !reasons.has(key)) reasons.set(key, { rule, field, message });
  }
  return bounded([...reasons.values()]);
}

function isReason({ action }: Check): boolean {
  return action === 'quarantine' || action === 'park';
}

function bounded(reasons: Reason[]): Reason[] {
  const max = LIMITS.reasonsPerRecordMax;
  if (reasons.length <= max) return reasons;
  const last = reasons[max - 1]!;
  return [...reasons.slice(0, max - 1), { ...last, message: `${last.message} (and ${reasons.length - max} more reasons)` }];
}
