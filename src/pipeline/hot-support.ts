// Can the WebAssembly kernels take a table's batches? Everything a contract can say is decoded by them or asked of the plain path record by
// record, so the answer depends on sizes alone; it is given when the contract is compiled, never found out as a wrong result.

import { layoutOf } from '../columns.ts';
import type { TableProgram } from '../contract/compiled.ts';
import { LIMITS } from '../contract/limits.ts';

export type HotSupport = { readonly isHot: true } | { readonly isHot: false; readonly reason: string };

/** With the reason where a table goes the plain way. */
export function hotSupport(program: Pick<TableProgram, 'struct' | 'variants'>): HotSupport {
  const slots = layoutOf(program.struct).slots.length;
  const cells = slots * Math.max(1, program.variants.length);
  if (cells <= LIMITS.kernelCellsMax) return { isHot: true };
  return { isHot: false, reason: `${slots} columns in ${program.variants.length} variants: more than ${LIMITS.kernelCellsMax} cells` };
}
