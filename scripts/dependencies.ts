// `npm run -s dependencies`: what the product depends on. Licences, installation scripts and checksums from the lockfile, offline;
// known vulnerabilities from the registry, where it answers. Where it does not, that is said and counted as not checked, never as
// fine. Exit 1 for a problem found.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { judgeLock, type LockEntry } from './dependencies/read-lock.ts';

const AUDIT_TIMEOUT_MS = 60_000;
const FAILING = ['high', 'critical'];

interface AuditReport {
  readonly vulnerabilities?: Readonly<Record<string, { readonly name: string; readonly severity: string; readonly range: string }>>;
}

const repository = dirname(import.meta.dirname);
let passed = 0;
let failed = 0;

const lock = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')) as { readonly packages: Record<string, LockEntry> };
const { packages, problems } = judgeLock(lock.packages);
check(problems.length === 0, `lockfile: ${packages.length} production packages, ${problems.length} problems`, problems);
audit();
process.stdout.write(`dependencies: ${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

function audit(): void {
  const ran = spawnSync('npm', ['audit', '--omit=dev', '--json'], { cwd: repository, encoding: 'utf8', timeout: AUDIT_TIMEOUT_MS });
  const report = parse(ran.stdout);
  if (report?.vulnerabilities === undefined) {
    process.stdout.write('npm audit: NOT CHECKED, the registry gave no answer to it; run it where one does\n');
    return;
  }
  const found = Object.values(report.vulnerabilities);
  const bad = found.filter(({ severity }) => FAILING.includes(severity));
  check(
    bad.length === 0,
    `npm audit: ${found.length} known vulnerabilities, ${bad.length} of them high or critical`,
    found.map(({ name, severity, range }) => `${name} ${range}: ${severity}`),
  );
}

function check(isFine: boolean, summary: string, details: readonly string[]): void {
  if (isFine) passed++;
  else failed++;
  process.stdout.write([summary, ...details.map((detail) => `  ${detail}`), ''].join('\n'));
}

function parse(text: string | null): AuditReport | undefined {
  try {
    return JSON.parse(text ?? '') as AuditReport;
  } catch {
    return undefined;
  }
}
