// The in-memory ports for tests: a shared world, processes with faults, seeded ids and a virtual clock.
export { CrashError, type Fault, type FaultHook, type PortCall } from './faults.ts';
export { type MemoryPorts, type MemoryPortsOptions, makeMemoryPorts } from './ports.ts';
export { type CatalogKind, compareText, keyOf, MemoryWorld } from './world.ts';
