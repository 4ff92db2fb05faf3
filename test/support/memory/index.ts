// The in-memory ports for tests: a shared world, processes with faults, seeded ids and a virtual clock.
export { CrashError, type Fault, type FaultHook, type PortCall } from './faults.ts';
export { GAME_SOURCE, type GameRecord, gameContract, gameRecords, KINDS, type Kind, type Verdict, verdictOf } from './game.ts';
export { audit, GAME_QUARANTINE, GAME_TABLE, type Lab, landed, ledgerOf, makeLab, observer, records, rowsOf, rowText } from './lab.ts';
export { addDeleteFile, changeMetadata, removeDataFiles, rollBackToFirst } from './others.ts';
export { type MemoryPorts, type MemoryPortsOptions, makeMemoryPorts, makeProcessPorts } from './ports.ts';
export { type CatalogKind, compareText, keyOf, MemoryWorld } from './world.ts';
