#!/usr/bin/env node
// The `firn` command. Looks at Node's version before anything that needs a new one is loaded, so that an old Node gets a sentence
// instead of a stack trace; everything else is in run.ts.

import module from 'node:module';

const NODE_MIN = [22, 15] as const;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < NODE_MIN[0] || (major === NODE_MIN[0] && minor < NODE_MIN[1])) {
  process.stderr.write(
    `firn: needs Node ${NODE_MIN.join('.')} or newer, got ${process.versions.node}. Install one from https://nodejs.org, or without ` +
      'installing run: npx -p node@24 -p firn firn <command>\n',
  );
  process.exitCode = 3;
} else {
  // Starting is mostly compiling: the second start takes a third of the time. NODE_DISABLE_COMPILE_CACHE=1 switches it off.
  module.enableCompileCache();
  const { runCli } = await import('./run.ts');
  process.exitCode = await runCli(process.argv.slice(2));
}
