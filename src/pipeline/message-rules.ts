// What is judged of a message as a whole once it was read: repeated keys, lone surrogates, members the contract does not name.
import type { TableProgram } from '../contract/compiled.ts';
import { type SetBuilder, storeView } from './builders.ts';
import { type Check, fail, makeCheck } from './checks.ts';
import { type Decoder, reserve } from './decoder.ts';
import { setPresent } from './technical.ts';
import { finishUnread } from './unread.ts';

export interface MessageRules {
  readonly duplicateKey: Check;
  readonly loneSurrogate: Check;
  /** With mode quarantine. */
  readonly undeclared: Check;
  readonly program: TableProgram;
}

export function bindMessageRules(program: TableProgram): MessageRules {
  const check = (rule: string) => makeCheck({ rule, onFailure: 'quarantine', mode: 'enforce' }, '');
  return {
    duplicateKey: check('duplicate-key'),
    loneSurrogate: check('lone-surrogate'),
    undeclared: check('undeclared'),
    program,
  };
}

/** Judges the message just read; `start` is where its value begins. */
export function judgeMessage(rules: MessageRules, d: Decoder, set: SetBuilder, start: number): void {
  const { repeatedKeyAt, loneSurrogateAt } = d.scan;
  if (repeatedKeyAt >= 0)
    fail(d.failures, rules.duplicateKey, `expected distinct keys, got a repeated one at byte ${repeatedKeyAt - start}`);
  if (loneSurrogateAt >= 0) {
    fail(d.failures, rules.loneSurrogate, `expected surrogate escapes in pairs, got a lone one at byte ${loneSurrogateAt - start}`);
  }
  const { count } = d.unread;
  if (count === 0) return;
  const { undeclared: mode, technical } = rules.program;
  if (mode === 'quarantine') {
    fail(d.failures, rules.undeclared, `expected only declared members, got ${count} others`);
    // Members are counted in every mode.
    rules.undeclared.failures = count;
  }
  if (mode === 'capture' && technical.undeclared !== undefined) storeUnread(d, set, technical.undeclared);
}

function storeUnread(d: Decoder, set: SetBuilder, slot: number): void {
  const text = finishUnread(d.unread);
  reserve(d, text.length);
  d.scan.bytes.set(text, d.auxTop);
  storeView(set.columns[slot]!, set.row, d.auxTop, text.length);
  setPresent(set, slot);
  d.auxTop += text.length;
}
