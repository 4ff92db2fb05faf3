// A regular expression as a table: one row of 16-bit states per state, one column per class of bytes. No program carries such a table
// yet: patterns are asked of the plain path's own functions.
//
//   u32 start · u8 classes[128] · then per state: u16 flags (bit 0: accepted wherever the text goes on, bit 1: accepted if it ends
//   here, bit 2: never accepted any more), u16 next[classes], rows of AUTOMATON_ROW u16 each

const ROW_BYTES: usize = 4;
const CLASSES: usize = 8;
const STATES: usize = 136;

/** Does the pattern hold for ASCII text? */
export function matchesAutomaton(table: usize, start: usize, length: u32): bool {
  const rowBytes: usize = load<u32>(table, ROW_BYTES);
  let row = table + STATES + <usize>load<u32>(table) * rowBytes;
  for (let i: u32 = 0; i < length; i++) {
    const flags: u32 = load<u16>(row);
    if ((flags & 5) !== 0) return (flags & 1) !== 0;
    const column: usize = load<u8>(table + CLASSES + load<u8>(start + i));
    row = table + STATES + <usize>load<u16>(row + 2 + (column << 1)) * rowBytes;
  }
  return (load<u16>(row) & 3) !== 0;
}
