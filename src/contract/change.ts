// What the parts of the comparison of contracts share: a change and its verdict, policies that begin or stop to reject.
import type { RulePolicy } from './compiled.ts';
import { canonicalText, encode } from './encode.ts';

export interface Change {
  /** Stable name of the kind of change: `column-dropped`, `type-narrowed`, `rule-tightened` … */
  readonly rule: string;
  /** Column, rule or option it is about. */
  readonly path: string;
  readonly verdict: 'breaking' | 'compatible';
  /** Who can fail; `none` for compatible changes. */
  readonly breaks: 'consumers' | 'producers' | 'table' | 'none';
  readonly message: string;
}

interface Words {
  readonly rule: string;
  readonly path: string;
  readonly message: string;
}

export function breaking(breaks: 'consumers' | 'producers' | 'table', words: Words): Change {
  return { ...words, verdict: 'breaking', breaks };
}

export function compatible(words: Words): Change {
  return { ...words, verdict: 'compatible', breaks: 'none' };
}

/** Equal as data. */
export function same(a: unknown, b: unknown): boolean {
  return canonicalText(encode(a)) === canonicalText(encode(b));
}

/** Does a failure keep the record out of the table? */
export function rejects(policy: RulePolicy): boolean {
  return policy.mode === 'enforce' && (policy.onFailure === 'quarantine' || policy.onFailure === 'drop' || policy.onFailure === 'park');
}

/** A policy that begins to reject tightens; one that stops loosens; any other difference is told. */
export function comparePolicy(path: string, old: RulePolicy, next: RulePolicy): readonly Change[] {
  if (old.onFailure === next.onFailure && old.mode === next.mode) return [];
  const words = (policy: RulePolicy): string => (policy.mode === 'shadow' ? 'shadow' : policy.onFailure);
  const message = `a failure of ${next.rule} means ${words(next)}, was ${words(old)}`;
  if (rejects(next) && !rejects(old)) return [breaking('producers', { rule: 'rule-tightened', path, message })];
  return [compatible({ rule: rejects(old) && !rejects(next) ? 'rule-loosened' : 'policy-changed', path, message })];
}
