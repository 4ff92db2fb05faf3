// Finds secrets in one text: secretlint's recommended rules and our own patterns, one finding a place. A finding says where and by
// which rule, never what: a report of secrets must not be another copy of them. Two findings of one secret are told apart from two
// secrets by a fingerprint, by which an example may be allowed (allowed.ts).
import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { lintSource } from '@secretlint/core';
import { creator as recommended } from '@secretlint/secretlint-rule-preset-recommend';
import { SECRET_PATTERNS } from './patterns.ts';

export interface SecretFinding {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly rule: string;
  /** First 16 hexadecimal digits of the SHA-256 of the secret. */
  readonly fingerprint: string;
}

/** Longer lines are data, not text: a secret in them is looked for in the first part alone. */
const LINE_CHARACTERS_MAX = 4_096;

/** All findings of a text, in order of lines; several rules about one line and secret are one finding. */
export async function findSecrets(path: string, text: string): Promise<readonly SecretFinding[]> {
  const bounded = text.split('\n').some((line) => line.length > LINE_CHARACTERS_MAX) ? cutLines(text) : text;
  const found = [...ownFindings(path, bounded), ...(await lintFindings(path, bounded))];
  const distinct = new Map<string, SecretFinding>();
  for (const finding of found) {
    const place = `${finding.line}`;
    if (!distinct.has(place)) distinct.set(place, finding);
  }
  return [...distinct.values()].sort((a, b) => a.line - b.line);
}

export function fingerprintOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 16);
}

function ownFindings(path: string, text: string): SecretFinding[] {
  return SECRET_PATTERNS.flatMap(({ rule, pattern, isRandom }) =>
    [...text.matchAll(pattern)].flatMap((match) => {
      const secret = match.groups?.['secret'] ?? match.groups?.['token'] ?? match[0];
      if (isPlainlyNone(secret) || (isRandom === true && !looksRandom(secret))) return [];
      return [{ path, line: lineAt(text, match.index + match[0].indexOf(secret)), rule, fingerprint: fingerprintOf(secret) }];
    }),
  );
}

async function lintFindings(path: string, text: string): Promise<readonly SecretFinding[]> {
  const { messages } = await lintSource({
    source: { filePath: path, content: text, ext: extname(path), contentType: 'text' },
    options: { noPhysicFilePath: true, config: { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: recommended }] } },
  });
  return messages.flatMap((message) => {
    const secret = text.slice(...message.range);
    const rule = `secretlint ${message.ruleId.replace('@secretlint/secretlint-rule-', '')}`;
    return isPlainlyNone(secret) ? [] : [{ path, line: message.loc.start.line, rule, fingerprint: fingerprintOf(secret) }];
  });
}

/** Placeholders, variables and references to where the secret is. */
function isPlainlyNone(value: string): boolean {
  const words =
    /^(?:change-?(?:it|me)|examples?|passw(?:or)?d|secret|dummy|placeholder|redacted|hidden|none|null|undefined|true|false|test|testing)[\d!.]*$/i;
  if (words.test(value) || /^(.)\1+$/.test(value)) return true;
  if (/^(?:your|my|some|the|a)[-_ ]/i.test(value) || /^[<[{]|\$\{|\$\(|\{\{|^\$[A-Za-z_]|^%[A-Z_]+%$|^\*+$|\.\.\.|…/.test(value))
    return true;
  return /^(?:arn:|process\.env|env\.|os\.environ|secretsmanager|ssm:|vault:|file:|!(?:Ref|Sub|GetAtt)\b)/.test(value);
}

/** Letters and digits mixed, few repeats: Shannon entropy over the characters, and no word or call of a program. */
function looksRandom(value: string): boolean {
  if (!/\d/.test(value) || !/[A-Za-z]/.test(value) || value.length < 12) return false;
  if (/^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+$/.test(value) || /^[a-z]+(?:[-_./][a-z0-9]+)+$/i.test(value)) return false;
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  const bits = [...counts.values()].reduce((sum, count) => sum - (count / value.length) * Math.log2(count / value.length), 0);
  return bits >= 3;
}

function lineAt(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

function cutLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.slice(0, LINE_CHARACTERS_MAX))
    .join('\n');
}
