// Compiled contracts as text, for functions that start without a YAML parser: infra compiles, functions read. Imports neither `yaml`
// nor the compiler.
import type { CompiledContract } from './compiled.ts';
import { decode, encode } from './encode.ts';

const VERSION = 1;

/** The text of a compiled contract; `contractFromJson` gives back an equal value. */
export function contractToJson(contract: CompiledContract): string {
  return JSON.stringify({ firnContract: VERSION, contract: encode(contract) });
}

/** Reads what `contractToJson` wrote. Throws TypeError when it is anything else: a deployment packed the wrong file. */
export function contractFromJson(text: string): CompiledContract {
  const file = JSON.parse(text) as { readonly firnContract?: unknown; readonly contract?: unknown } | null;
  if (file === null || typeof file !== 'object' || file.firnContract !== VERSION) {
    throw new TypeError(`expected a compiled contract of version ${VERSION}: compile it again with this version`);
  }
  return decode(file.contract) as CompiledContract;
}
