// Findings: what is wrong with a contract, as values. A reader gets all of them at once, each with its place, what was expected and
// got, and what to do. Bounded, so that a hostile file cannot make a report without end (promise 10).
import { LIMITS } from './limits.ts';

export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** Stable name of the kind of defect, for tests and suppression: `yaml`, `standard`, `type`, `path` … */
  readonly rule: string;
  /** Where in the document: `schema[0].properties[2].name`. */
  readonly path: string;
  /** Expected and got. */
  readonly message: string;
  /** What to do; '' where the message says it already. */
  readonly remedy: string;
}

export interface Place {
  readonly line: number;
  readonly column: number;
  readonly path: string;
}

/** Collects the findings of one file. */
export interface Report {
  readonly file: string;
  readonly findings: Finding[];
  /** Findings left off beyond LIMITS.findingsMax. */
  leftOff: number;
}

export function newReport(file: string): Report {
  return { file, findings: [], leftOff: 0 };
}

export interface Problem {
  readonly rule: string;
  readonly message: string;
  readonly remedy?: string;
}

/** Adds an error. Returns undefined, so that a compiler can `return refuse(…)`. */
export function refuse(report: Report, place: Place, problem: Problem): undefined {
  add(report, place, { severity: 'error', ...problem });
  return undefined;
}

export function warn(report: Report, place: Place, problem: Problem): void {
  add(report, place, { severity: 'warning', ...problem });
}

export function hasErrors(report: Report): boolean {
  return report.findings.some((finding) => finding.severity === 'error');
}

/** In order of their place; the count of those left off is in the last one. */
export function sortedFindings(report: Report): readonly Finding[] {
  const sorted = [...report.findings].sort((a, b) => a.line - b.line || a.column - b.column);
  const last = sorted[sorted.length - 1];
  if (report.leftOff > 0 && last) {
    const message = `${report.leftOff} more findings are left off`;
    sorted.push({ ...last, rule: 'too-many', path: '', message, remedy: 'mend those above first' });
  }
  return sorted;
}

function add(report: Report, place: Place, problem: Problem & { readonly severity: 'error' | 'warning' }): void {
  const { line, column, path } = place;
  const same = report.findings.some((known) => known.line === line && known.column === column && known.message === problem.message);
  if (same) return;
  if (report.findings.length >= LIMITS.findingsMax) {
    report.leftOff++;
    return;
  }
  const { severity, rule, message, remedy = '' } = problem;
  report.findings.push({ severity, file: report.file, line, column, rule, path, message, remedy });
}

/** Text of a contract in a message: quoted, cut, without control characters. */
export function quoted(text: string): string {
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]/g, '·');
  return `'${clean.length > 60 ? `${clean.slice(0, 57)}…` : clean}'`;
}
