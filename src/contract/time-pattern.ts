// JDK DateTimeFormatter patterns (ODCS `logicalTypeOptions.format`) as data, so that a bad pattern is found when the contract is
// read and evaluation needs no pattern text. How the elements are evaluated is written in time-elements.ts.
import type { TimeElement } from './time-elements.ts';
import { letterElement } from './time-pattern-letters.ts';

export type TimePatternResult =
  | { readonly ok: true; readonly elements: readonly TimeElement[] }
  | { readonly ok: false; readonly message: string };

const PATTERN_CHARS_MAX = 128;
const OPTIONAL_DEPTH_MAX = 8;

/** Parses a JDK DateTimeFormatter pattern; never throws. Cost: one pass over at most 128 characters. */
export function parseTimePattern(pattern: string): TimePatternResult {
  if (pattern.length === 0) return refuse('the pattern is empty');
  if (pattern.length > PATTERN_CHARS_MAX)
    return refuse(`the pattern has ${pattern.length} characters, at most ${PATTERN_CHARS_MAX} are read`);
  const stack: TimeElement[][] = [[]];
  let at = 0;
  while (at < pattern.length) {
    const char = pattern[at]!;
    const top = stack[stack.length - 1]!;
    if (/[A-Za-z]/.test(char)) {
      const count = runLength(pattern, at);
      const element = letterElement(char, count);
      if (typeof element === 'string') return refuse(element);
      top.push(element);
      at += count;
    } else if (char === "'") {
      const quoted = readQuoted(pattern, at);
      if (!quoted) return refuse('a quote is not closed');
      pushLiteral(top, quoted.text);
      at = quoted.end;
    } else if (char === '[') {
      if (stack.length > OPTIONAL_DEPTH_MAX) return refuse(`optional sections nest deeper than ${OPTIONAL_DEPTH_MAX}`);
      stack.push([]);
      at++;
    } else if (char === ']') {
      if (stack.length === 1) return refuse("']' without '['");
      stack.pop();
      stack[stack.length - 1]!.push({ kind: 'optional', elements: withReserves(top) });
      at++;
    } else if (char === '{' || char === '}' || char === '#') {
      return refuse(`'${char}' is reserved; quote it: '${char}' within single quotes`);
    } else {
      pushLiteral(top, char);
      at++;
    }
  }
  if (stack.length > 1) return refuse("'[' is not closed");
  return { ok: true, elements: withReserves(stack[0]!) };
}

/** The fields a pattern can set, those in optional sections apart; for checks of a pattern against a column's type. */
export function timePatternFields(elements: readonly TimeElement[]): {
  readonly always: ReadonlySet<string>;
  readonly ever: ReadonlySet<string>;
} {
  const always = new Set<string>();
  const ever = new Set<string>();
  const visit = (list: readonly TimeElement[], isAlways: boolean): void => {
    for (const element of list) {
      if (element.kind === 'optional') {
        visit(element.elements, false);
        continue;
      }
      const name = elementField(element);
      if (name === undefined) continue;
      ever.add(name);
      if (isAlways) always.add(name);
    }
  };
  visit(elements, true);
  return { always, ever };
}

function elementField(element: Exclude<TimeElement, { kind: 'optional' }>): string | undefined {
  switch (element.kind) {
    case 'literal':
      return undefined;
    case 'number':
    case 'text':
      return element.field;
    case 'reducedYear':
      return 'year';
    case 'fraction':
      return 'fraction';
    case 'offset':
    case 'zone':
      return 'offset';
  }
}

function refuse(message: string): TimePatternResult {
  return { ok: false, message };
}

function runLength(pattern: string, at: number): number {
  let end = at;
  while (pattern[end] === pattern[at]) end++;
  return end - at;
}

function readQuoted(pattern: string, at: number): { readonly text: string; readonly end: number } | undefined {
  let text = '';
  for (let i = at + 1; i < pattern.length; i++) {
    if (pattern[i] !== "'") text += pattern[i];
    else if (pattern[i + 1] === "'") {
      text += "'";
      i++;
    } else return { text: text === '' ? "'" : text, end: i + 1 };
  }
  return undefined;
}

function pushLiteral(list: TimeElement[], text: string): void {
  const last = list[list.length - 1];
  if (last?.kind === 'literal') list[list.length - 1] = { kind: 'literal', text: last.text + text };
  else list.push({ kind: 'literal', text });
}

/** Gives each number the digits of the fixed-width numbers and fractions that follow it without a break. */
function withReserves(elements: readonly TimeElement[]): readonly TimeElement[] {
  const out: TimeElement[] = new Array(elements.length);
  let reserve = 0;
  for (let i = elements.length - 1; i >= 0; i--) {
    const element = elements[i]!;
    const width = fixedWidth(element);
    out[i] = element.kind === 'number' && width === undefined ? { ...element, reserve } : element;
    reserve = width === undefined ? 0 : reserve + width;
  }
  return out;
}

function fixedWidth(element: TimeElement): number | undefined {
  if (element.kind === 'fraction') return element.width;
  if (element.kind === 'reducedYear') return 2;
  if (element.kind === 'number' && element.minWidth === element.maxWidth && element.field !== 'year') return element.maxWidth;
  return undefined;
}

export type { TimeElement, TimeField } from './time-elements.ts';
export { DAYS_FULL, MONTHS_FULL } from './time-pattern-letters.ts';
