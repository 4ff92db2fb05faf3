// One run of the AssemblyScript compiler over src/hot/assembly with the flags the product is built with. `patches` replaces the text
// of sources by path: how the tests plant bugs without touching a file.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';

const FLAGS = [
  // Binaryen's full optimiser, until nothing changes any more; assertions are the tests' business.
  ...['-O3', '--converge', '--noAssert'],
  // No allocator, no garbage collector, no imports beside the memory and src/hot/assembly/host.ts.
  ...['--runtime', 'stub', '--use', 'abort='],
  // The memory is the arena's; page 0 stays empty, constant tables begin at page 1.
  ...['--importMemory', '--noExportMemory', '--initialMemory', '2', '--memoryBase', '65536'],
  ...['--enable', 'simd'],
  // Addresses are 32 bits here: sizes and 32-bit words mix freely.
  ...['--disableWarning', 'AS201,AS112'],
];

/** The module's bytes. Throws with the compiler's messages when the sources do not compile. */
export async function compileKernels(root, patches = new Map()) {
  let binary;
  const messages = [];
  const { error } = await asc.main(['src/hot/assembly/index.ts', '--outFile', 'firn-hot.wasm', '--baseDir', root, ...FLAGS], {
    stdout: { write: (text) => messages.push(text) },
    stderr: { write: (text) => messages.push(text) },
    readFile: (name) => withDecorators(patches.get(name) ?? readOrNull(join(root, name))),
    writeFile: (_name, content) => {
      binary = content;
    },
    listFiles: () => [],
  });
  if (error || !binary) throw new Error(`the kernels do not compile: ${error?.message ?? 'no output'}\n${messages.join('')}`);
  return Buffer.from(binary);
}

/** `@inline` at the end of a function's comment becomes the compiler's decorator, which is no syntax of TypeScript on functions. */
function withDecorators(source) {
  return source?.replace(/ @inline \*\/\n(?=(export )?function )/g, (comment) => `${comment}@inline `) ?? null;
}

/** The compiler asks for several spellings of an import and takes the one that is there. */
function readOrNull(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(error.code)) return null;
    throw error;
  }
}
