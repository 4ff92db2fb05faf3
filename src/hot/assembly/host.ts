// What the kernels ask of TypeScript while they run, for what is rare or needs the engine. The host reads and writes the same memory.
