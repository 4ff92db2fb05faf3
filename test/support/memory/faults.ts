// Faults a test puts on single calls of the in-memory ports.

/** One call of a port, as a fault hook sees it. `count` counts the calls of this process from 1. */
export interface PortCall {
  readonly process: string;
  readonly port: 'files' | 'catalog' | 'doorbell';
  readonly op: 'read' | 'create' | 'stat' | 'list' | 'delete' | 'load' | 'commit' | 'ensure-namespace' | 'list-tables' | 'ring';
  readonly target: string;
  readonly count: number;
}

export type Fault =
  /** No effect, and the caller is told so (TransientIoError). */
  | { readonly kind: 'fail-before' }
  /** No effect, and the caller is told that it will never be allowed. */
  | { readonly kind: 'refuse' }
  /** The effect takes place; the reply is lost. */
  | { readonly kind: 'apply-then-fail' }
  /** The reply is lost; the effect takes place `afterMs` later. */
  | { readonly kind: 'apply-late'; readonly afterMs: number }
  /** The reply is lost and there is no effect. */
  | { readonly kind: 'lost' }
  /** Time passes first. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Somebody else acts first. */
  | { readonly kind: 'rival'; readonly act: () => void | Promise<void> }
  /** The process ends here, before or after the effect; every later call of it fails. */
  | { readonly kind: 'crash-before' }
  | { readonly kind: 'crash-after' };

export type FaultHook = (call: PortCall) => Fault | undefined;

/** What a crashed process's calls throw: no error of Firn's, so no code of Firn may handle it. */
export class CrashError extends Error {
  override readonly name = 'CrashError';
  constructor(process: string) {
    super(`process ${process} has crashed`);
  }
}
