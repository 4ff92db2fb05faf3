// Every command of README.md, run as a reader would: in a copy of the repository, in order, from its root. A command that is
// not run here must be a step of `.ci/run`, by name.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Checks, must } from './checks.ts';
import { firn, INTEROP_HOME, PYTHON, REPOSITORY, run } from './processes.ts';

const COPY = join(INTEROP_HOME, 'work/readme');

/** Commands whose place is a step of `.ci/run`: the command, and the text of the step. */
const STEPS_OF_CI: Readonly<Record<string, readonly string[]>> = {
  'npm ci && npm run demo': ['npm ci', 'npm run --silent demo'],
  'npm ci && npm test': ['npm ci', 'step test npm test'],
  'npm ci && npm run e2e': ['npm ci', 'step e2e npm run --silent e2e'],
};

export async function checkReadme(checks: Checks): Promise<void> {
  const readme = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');
  copyRepository();
  const commands = blocks(readme, 'sh').flatMap((block) =>
    block
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean),
  );
  await checks.check('readme: it has commands', () => must(commands.length >= 8, `expected at least 8 commands, got ${commands.length}`));
  for (const command of commands) {
    const steps = STEPS_OF_CI[command];
    await checks.check(`readme: ${command}`, () => (steps ? mustBeSteps(steps) : mustSucceed(command)));
  }
  for (const [index, script] of blocks(readme, 'python').entries()) {
    await checks.check(`readme: python ${index + 1}`, () => {
      const ran = run(PYTHON, ['-c', script], { cwd: COPY });
      must(ran.status === 0 && ran.stdout.includes('event_id'), `exit ${ran.status}\n${ran.stderr.slice(-2000)}`);
    });
  }
  await checks.check('readme: what it shows of the demo is what the demo prints', () => mustBePrinted(blocks(readme, 'text')[0] ?? ''));
  await checks.check('readme: every relative link leads to a file', () => {
    for (const [, target] of readme.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g))
      must(existsSync(join(REPOSITORY, target!)), `no such file: ${target}`);
  });
}

/** Fenced code blocks of one language. */
function blocks(markdown: string, language: string): string[] {
  return [...markdown.matchAll(new RegExp(`^ *\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\``, 'gm'))].map(([, block]) => block!);
}

function copyRepository(): void {
  rmSync(COPY, { recursive: true, force: true });
  const files = run('git', ['ls-files', '-z'], { cwd: REPOSITORY }).stdout.split('\0').filter(Boolean);
  for (const file of files) {
    if (!existsSync(join(REPOSITORY, file))) continue;
    mkdirSync(dirname(join(COPY, file)), { recursive: true });
    cpSync(join(REPOSITORY, file), join(COPY, file), { verbatimSymlinks: true });
  }
  symlinkSync(join(REPOSITORY, 'node_modules'), join(COPY, 'node_modules'));
}

/** Every line but those with a time of this run. */
function mustBePrinted(shown: string): void {
  const printed = new Set(
    firn(['demo', '--warehouse', join(COPY, 'demo')])
      .stdout.split('\n')
      .map((line) => line.trimEnd()),
  );
  const wrong = shown.split('\n').filter((line) => !/ m?s(,|$)|^…?$/.test(line) && !printed.has(line.trimEnd()));
  must(shown.includes('\n') && wrong.length === 0, `the demo does not print:\n${wrong.join('\n')}`);
}

function mustBeSteps(steps: readonly string[]): void {
  const script = readFileSync(join(REPOSITORY, '.ci/run'), 'utf8');
  for (const step of steps) must(script.includes(step), `expected .ci/run to run: ${step}`);
}

function mustSucceed(command: string): void {
  const ran = run('bash', ['-c', command], { cwd: COPY });
  must(ran.status === 0, `exit ${ran.status}\n${ran.stdout.slice(-2000)}\n${ran.stderr.slice(-2000)}`);
}
