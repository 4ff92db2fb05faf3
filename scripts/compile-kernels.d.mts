// Types of compile-kernels.mjs for the tests that compile the kernels.

/** The module's bytes; `patches`: other texts for sources, by path from the root. */
export function compileKernels(root: string, patches?: ReadonlyMap<string, string>): Promise<Buffer<ArrayBuffer>>;
