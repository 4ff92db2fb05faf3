// The compiled kernels as bytes. The file lies beside this one in the sources, in dist/ and in every function's bundle.
import { readFileSync } from 'node:fs';

/** Reads the committed module; throws when the installation lacks it. */
export function readModuleBytes(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(readFileSync(new URL('./firn-hot.wasm', import.meta.url)));
}
