// The part of the platform's WebAssembly interface that the kernels use, typed here because the types of Node and of ES2024 leave it
// to the DOM's (W3C WebAssembly JavaScript Interface, §5).

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** Compiled code, without state. */
export type WasmModule = object;

interface WebAssemblyInterface {
  readonly Memory: new (limits: { readonly initial: number }) => WasmMemory;
  readonly Module: (new (
    bytes: Uint8Array<ArrayBuffer>,
  ) => WasmModule) & {
    imports(module: WasmModule): readonly { readonly module: string; readonly name: string }[];
  };
  /** What a trap throws. */
  readonly RuntimeError: new (
    message?: string,
  ) => Error;
  readonly Instance: new (module: WasmModule, imports: Readonly<Record<string, object>>) => { readonly exports: object };
}

export const WASM = (globalThis as unknown as { readonly WebAssembly: WebAssemblyInterface }).WebAssembly;
