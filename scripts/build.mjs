// Compiles src, functions and infra to JavaScript and declarations under dist/, which is all the npm package ships of them.
// Fails when anything the package's manifest points to is missing afterwards, so that a package that cannot start is not packed.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

rmSync(join(root, 'dist'), { recursive: true, force: true });
const compiler = join(root, 'node_modules/typescript/bin/tsc');
const compiled = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit', cwd: root });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

// The kernels are read from beside the module that loads them.
copyFileSync(join(root, 'src/hot/firn-hot.wasm'), join(root, 'dist/src/hot/firn-hot.wasm'));

const pointedAt = [...Object.values(manifest.bin), ...Object.values(manifest.exports).flatMap((entry) => Object.values(entry))];
const missing = pointedAt.filter((path) => !existsSync(join(root, path)));
if (missing.length > 0) {
  process.stderr.write(`build: package.json points to ${missing.join(', ')}, which the sources do not produce\n`);
  process.exit(1);
}
for (const path of Object.values(manifest.bin)) {
  if (!readFileSync(join(root, path), 'utf8').startsWith('#!/usr/bin/env node\n')) {
    process.stderr.write(`build: ${path} is a command and must begin with #!/usr/bin/env node\n`);
    process.exit(1);
  }
  chmodSync(join(root, path), 0o755);
}
process.stdout.write(`build: dist/ holds ${pointedAt.length} entry points\n`);
