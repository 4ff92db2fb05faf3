// A checkout as a user would have it, whose contracts the run may change: the sources of this repository copied, its packages linked. The
// stacks are synthesised and deployed from it with the CDK's own command; nothing of them is changed but what a user changes.
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { runWell } from './processes.ts';

export const REPOSITORY = resolve(import.meta.dirname, '../..');
const COPIED = ['src', 'functions', 'infra', 'schemas', 'cdk.json', 'package.json', 'firn.config.ts', 'tsconfig.json'];
const CDK_TIMEOUT_MS = 8 * 60_000;

export interface Project {
  readonly root: string;
  /** Runs the CDK's command, which synthesises first where it needs to; its output. */
  cdk(...args: readonly string[]): Promise<string>;
  /** The same on what was synthesised last. */
  cdkAsSynthesised(...args: readonly string[]): Promise<string>;
  /** Path of a contract file, `game/game-events.odcs.yaml`. */
  contract(name: string): string;
  /** Rewrites a contract. */
  edit(name: string, change: (text: string) => string): void;
  /** The template of a stack as it was synthesised last. */
  template(stackName: string): Template;
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}
export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
}

export interface ProjectOptions {
  /** Does not exist yet. */
  readonly root: string;
  /** Region, credentials and endpoint for the CDK. */
  readonly environment: Readonly<Record<string, string>>;
  /** Text of firn.config.ts. @default the repository's own */
  readonly config?: string;
}

/** Copies the sources; a second is enough. */
export function makeProject(options: ProjectOptions): Project {
  const { root } = options;
  mkdirSync(root, { recursive: true });
  for (const name of COPIED) cpSync(join(REPOSITORY, name), join(root, name), { recursive: true });
  symlinkSync(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'));
  if (options.config !== undefined) writeFileSync(join(root, 'firn.config.ts'), options.config);
  const command = join(dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')), 'bin/cdk');
  // A home of its own: the CDK's command remembers which account a key belongs to.
  const home = join(root, '.home');
  mkdirSync(home);
  const env = {
    ...options.environment,
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: home,
    CI: 'true',
    NO_COLOR: '1',
    CDK_DISABLE_CLI_TELEMETRY: '1',
  };
  const contract = (name: string) => join(root, 'schemas', name);
  const assembly = join(root, 'cdk.out');
  const cdk = (args: readonly string[]) =>
    runWell(process.execPath, [command, ...args, '--no-notices'], { cwd: root, env, timeoutMs: CDK_TIMEOUT_MS });
  return {
    root,
    contract,
    cdk: (...args) => cdk([...args, '--output', assembly]),
    cdkAsSynthesised: (...args) => cdk([...args, '--app', assembly]),
    edit: (name, change) => {
      const before = readFileSync(contract(name), 'utf8');
      const after = change(before);
      if (after === before) throw new Error(`the change of ${name} changes nothing: it expects another text`);
      writeFileSync(contract(name), after);
    },
    template: (stackName) => JSON.parse(readFileSync(join(assembly, `${stackName}.template.json`), 'utf8')) as Template,
  };
}
