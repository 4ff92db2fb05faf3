// The aux area: text that was unescaped or cleaned, decoded binaries, large decimals, gathered members. Taken in order; a record that
// the kernel does not settle gives back all it took.
import { H_AUX_END, H_AUX_TOP } from '../layout-header.ts';

export let auxTop: usize = 0;
let auxEnd: usize = 0;
let header: usize = 0;

/** Takes over from TypeScript. */
export function openAux(from: usize): void {
  header = from;
  auxTop = load<u32>(from, H_AUX_TOP);
  auxEnd = load<u32>(from, H_AUX_END);
}

/** Hands over to TypeScript. */
export function closeAux(): void {
  store<u32>(header, <u32>auxTop, H_AUX_TOP);
}

/** Takes back what TypeScript may have moved. */
export function reopenAux(): void {
  auxTop = load<u32>(header, H_AUX_TOP);
}

export function setAuxTop(to: usize): void {
  auxTop = to;
}

/** Is there room for `size` bytes and the 16 behind them that wide stores may write? */
export function hasRoom(size: u32): bool {
  return auxTop + size + 16 <= auxEnd;
}
