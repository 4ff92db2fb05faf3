// One message → one row being written, or the single reason why it cannot be read. Chooses the variant, and turns a fault of the
// scan into a reason: the grammar is judged before depth and kind, so that a verdict does not depend on which is met first.
import type { TableProgram } from '../contract/compiled.ts';
import { LIMITS } from '../contract/limits.ts';
import type { SetBuilder } from './builders.ts';
import { beginRow } from './builders.ts';
import { bindCells } from './cells.ts';
import { clearFailures } from './checks.ts';
import type { Decoder } from './decoder.ts';
import { planReading, type ReadPlan } from './read-plan.ts';
import { readNode } from './read-value.ts';
import { closeScope, openScope, type Reader } from './reader.ts';
import { FAULT, fault, skipSpace, startRecord } from './scan.ts';
import { skipValue } from './skip-value.ts';
import type { Reason } from './types.ts';
import { startUnread } from './unread.ts';
import { settleVariant } from './variants.ts';

/** Reads bytes[start, end) into the row at hand; undefined when it was read, failures then being in the decoder. */
export type MessageReader = (start: number, end: number) => Reason | undefined;

/** The plans of a program: one per variant, or the only one. */
export function bindPlans(program: TableProgram, set: SetBuilder): readonly ReadPlan[] {
  const { variants } = program;
  const bind = (columns: TableProgram['variants'][number]['columns']) => planReading(bindCells(program.columns, set, columns), variants);
  return variants.length > 0 ? variants.map(({ columns }) => bind(columns)) : [bind(new Map())];
}

export function makeMessageReader(
  { variants }: Pick<TableProgram, 'variants'>,
  set: SetBuilder,
  d: Decoder,
  plans: readonly ReadPlan[],
): MessageReader {
  const conditions = variants.reduce((sum, { when }) => sum + when.length, 0);
  let current = 0;
  const reader: Reader = {
    d,
    plan: plans[0]!,
    conditionAt: new Float64Array(conditions),
    onCondition: ({ conditionAt }) => {
      for (let i = 0; i < conditions; i++) if (conditionAt[i]! < 0) return true;
      d.otherVariant = settleVariant(d.scan, variants, conditionAt);
      return d.otherVariant === current;
    },
    readNode,
  };
  return (start, end) => {
    for (;;) {
      const fatal = readAs(reader, start, end);
      if (variants.length === 0) return fatal;
      if (fatal && d.otherVariant === UNSETTLED) return fatal;
      const settled = d.otherVariant === UNSETTLED ? settleVariant(d.scan, variants, reader.conditionAt) : d.otherVariant;
      if (settled === current) return fatal;
      if (settled < 0) return noVariant(reader, start, end);
      current = settled;
      reader.plan = plans[current]!;
      clearFailures(d.failures);
      for (const child of set.children) rewind(child);
      beginRow(set);
    }
  };
}

const UNSETTLED = -2;

function rewind(set: SetBuilder): void {
  set.row = set.mark;
  for (const child of set.children) rewind(child);
}

/** A message of no variant is judged no further, but it must be JSON. */
function noVariant({ d }: Reader, start: number, end: number): Reason {
  startRecord(d.scan, end);
  clearFailures(d.failures);
  const p = skipValue(d.scan, skipSpace(d.scan.bytes, start));
  if (p < 0 || !isEnd(d, p, end)) return faultReason(d, start, end);
  return { rule: 'no-variant', field: '', message: 'expected a message of a declared variant, got none of them' };
}

function isEnd(d: Decoder, p: number, end: number): boolean {
  const at = skipSpace(d.scan.bytes, p);
  if (at === end) return true;
  fault(d.scan, at);
  return false;
}

function readAs(reader: Reader, start: number, end: number): Reason | undefined {
  const { d, plan } = reader;
  d.missing = 0;
  d.nulls = 0;
  d.otherVariant = UNSETTLED;
  startRecord(d.scan, end);
  startUnread(d.unread);
  reader.conditionAt.fill(-1);
  openScope(plan.top);
  const first = skipSpace(d.scan.bytes, start);
  if (d.scan.bytes[first] !== 0x7b) return notObject(d, first, end);
  let p = readNode(reader, plan.root, first);
  if (p >= 0) p = isEnd(d, p, end) ? closeScope(reader, plan.top, p) : FAULT;
  return p < 0 ? faultReason(d, start, end) : undefined;
}

function notObject(d: Decoder, first: number, end: number): Reason {
  const p = skipValue(d.scan, first);
  if (p >= 0 && isEnd(d, p, end)) return NOT_OBJECT;
  return d.scan.faultRule === 'too-deep' && isJson(d, first, end) ? NOT_OBJECT : notJson(d, first, end);
}

const NOT_OBJECT: Reason = { rule: 'not-object', field: '', message: 'expected a JSON object, got another JSON value' };
const TOO_DEEP: Reason = { rule: 'too-deep', field: '', message: `expected at most ${LIMITS.jsonDepthMax} levels of nesting, got more` };

function faultReason(d: Decoder, start: number, end: number): Reason {
  return d.scan.faultRule === 'too-deep' && isJson(d, start, end) ? TOO_DEEP : notJson(d, start, end);
}

/** For messages nested too deep, where the scan stops: the engine's parser has no such bound. Its error would quote the payload. */
function isJson(d: Decoder, start: number, end: number): boolean {
  try {
    JSON.parse(d.scan.bytes.toString('utf8', start, end));
    return true;
  } catch {
    return false;
  }
}

function notJson(d: Decoder, start: number, end: number): Reason {
  const { faultRule, faultAt } = d.scan;
  const where = faultRule === 'too-deep' ? 'other text' : faultAt >= end ? 'the end of the value' : `another byte at ${faultAt - start}`;
  return { rule: 'not-json', field: '', message: `expected JSON, got ${where}` };
}
