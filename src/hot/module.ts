// The compiled kernels over one memory. Compiled once per process, instantiated once per arena (memory.ts), synchronously: a cold
// start waits for nothing else. Every number that goes in is checked by `assertAddress`, because WebAssembly takes undefined and NaN
// for address 0, and page 0 is a canary: a kernel that writes there is found out after the batch, not in a table.
import { assertInvariant, InvariantError } from '../errors.ts';
import type { EncodeExports } from './encode-kernels.ts';
import { readModuleBytes } from './module-bytes.ts';
import { WASM, type WasmMemory, type WasmModule } from './webassembly.ts';

/** Bytes of a WebAssembly page. */
export const PAGE_BYTES = 65_536;

/** What the module exports; wrappers with checked arguments are made by who calls it. */
export interface HotExports extends EncodeExports {
  /** Decodes records [from, to) into rows; the first that is not settled, or `to`. */
  decodeRecords(header: number, from: number, to: number): number;
  /** Padded base64 of `length` characters at `at` → its `size` bytes in place; what it is: BASE64. */
  decodeBase64(at: number, length: number, size: number): number;
  heapBase(): number;
}

/** Answers of `decodeBase64`: the engine has to look at the text; its bytes are ASCII; they are not all. */
export const BASE64 = { unsettled: 0, ascii: 1, other: 2 } as const;

/** What the kernels ask of TypeScript while they run. */
export type HostFunctions = Readonly<Record<string, (...numbers: number[]) => number>>;

let compiled: WasmModule | undefined;

/** The module, compiled at the first use. `bytes`: another build of it, for tests. */
export function hotModule(bytes?: Uint8Array<ArrayBuffer>): WasmModule {
  if (bytes) return new WASM.Module(bytes);
  compiled ??= new WASM.Module(readModuleBytes());
  return compiled;
}

/** An instance over `memory`. Throws InvariantError when the module is not of this version of the sources. */
export function instantiate(module: WasmModule, memory: WasmMemory, host: HostFunctions): HotExports {
  const instance = new WASM.Instance(module, { env: { memory }, host: { ...host } });
  const exports = instance.exports as unknown as HotExports;
  assertInvariant(typeof exports.heapBase === 'function', 'the kernels export heapBase');
  return exports;
}

/** An address or size of an arena: a whole number within the memory and not in the canary page. */
export function assertAddress(memory: WasmMemory, address: number, what: string): void {
  if (Number.isInteger(address) && address >= PAGE_BYTES && address <= memory.buffer.byteLength) return;
  throw new InvariantError(`invariant broken: ${what} is an address of the arena, got ${address}`, { code: 'invariant' });
}

const EMPTY_PAGE = Buffer.alloc(PAGE_BYTES);

/** Page 0 holds nothing but zeros. Cost: a comparison of 64 KiB, microseconds. */
export function isCanaryIntact(memory: WasmMemory): boolean {
  return EMPTY_PAGE.equals(new Uint8Array(memory.buffer, 0, PAGE_BYTES));
}
