// `npm run -s secrets`: looks for secrets in the tree and in the whole history. Exit 1 if there is one.
//   --tree | --history   one of the two alone
//   --json               counts and findings as one document
// Prints path, line, rule and fingerprint, never the secret.
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { ALLOWED } from './secrets/allowed.ts';
import { findSecrets, type SecretFinding } from './secrets/find-secrets.ts';
import { historyTexts, isShallow, type NamedText, treeTexts } from './secrets/git-texts.ts';

interface Report {
  readonly place: 'tree' | 'history';
  readonly texts: number;
  readonly lines: number;
  readonly allowed: number;
  readonly findings: readonly SecretFinding[];
}

const { values: options } = parseArgs({ options: { tree: { type: 'boolean' }, history: { type: 'boolean' }, json: { type: 'boolean' } } });
const repository = dirname(import.meta.dirname);
const isBoth = options.tree !== true && options.history !== true;
const reports: Report[] = [];
if (isBoth || options.tree === true) reports.push(await scan('tree', treeTexts(repository)));
if (isBoth || options.history === true) reports.push(await scan('history', historyTexts(repository)));

if (options.json === true) print(JSON.stringify(reports, undefined, 2));
else for (const report of reports) printReport(report);
const bad = reports.filter(({ findings }) => findings.length > 0).length;
if (options.json !== true) print(`secrets: ${reports.length - bad} passed, ${bad} failed`);
process.exitCode = bad === 0 ? 0 : 1;

async function scan(place: Report['place'], texts: readonly NamedText[]): Promise<Report> {
  let lines = 0;
  const found: SecretFinding[] = [];
  for (const { path, text } of texts) {
    lines += text.split('\n').length;
    found.push(...(await findSecrets(path, text)));
  }
  const findings = found.filter(({ fingerprint }) => !ALLOWED.has(fingerprint));
  return { place, texts: texts.length, lines, allowed: found.length - findings.length, findings };
}

function printReport({ place, texts, lines, allowed, findings }: Report): void {
  const clone = place === 'history' && isShallow(repository) ? ' (a shallow clone: what it does not have was not looked at)' : '';
  print(`${place}: ${texts} texts, ${lines} lines, ${allowed} allowed, ${findings.length} found${clone}`);
  for (const { path, line, rule, fingerprint } of findings) print(`  ${path}:${line} ${rule} (${fingerprint})`);
  if (findings.length > 0)
    print(
      '  A secret that was committed is known to whoever has a clone: revoke it, then remove it. An example goes to scripts/secrets/allowed.ts.',
    );
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
