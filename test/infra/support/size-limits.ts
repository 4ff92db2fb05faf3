// The size ratchet: limits of functions and files in the product, and what exceeds them with the length it may have. An entry
// may be lowered or removed, never raised or added without saying why in ARCHITECTURE.md.

export const FUNCTION_LINES = 70;
export const FILE_LINES = 250;

/** `<path> <function>` → lines. */
export const FUNCTION_LINES_EXCEPTIONS: Readonly<Record<string, number>> = {};

/** `<path>` → lines. */
export const FILE_LINES_EXCEPTIONS: Readonly<Record<string, number>> = {};
