// What the kernels ask of TypeScript while they run, for what is rare or needs the engine. The host reads and writes the same memory
// (pipeline/hot-host.ts), with the functions of the plain path, so its answers are that path's.

/** The double nearest to the number text at [start, end). */
export declare function double(start: usize, end: usize): f64;

/** Cleans and stores a text as the cell's value: 0 not settled, 1 present, 2 null. Moves H_AUX_TOP. */
export declare function text(cell: u32, row: u32, start: usize, length: u32, isAscii: u32): u32;

/** Does the constraint hold for the value just stored in `row`? */
export declare function holds(constraint: u32, row: u32): u32;

/** Are the keys of the map in `row` distinct as values? */
export declare function distinct(cell: u32, row: u32): u32;
