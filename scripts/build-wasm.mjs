// Compiles the kernels (src/hot/assembly, AssemblyScript) to src/hot/firn-hot.wasm. The output depends on the sources and the
// pinned compiler alone; the file is committed and a test compiles it again and compares.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileKernels } from './compile-kernels.mjs';

const root = join(fileURLToPath(import.meta.url), '../..');
const binary = await compileKernels(root);
writeFileSync(join(root, 'src/hot/firn-hot.wasm'), binary);
process.stdout.write(`build-wasm: src/hot/firn-hot.wasm has ${binary.length} bytes\n`);
