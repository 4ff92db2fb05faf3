// The ports of one machine: a directory, a SQLite catalog, the system's clock and random ids. The doorbell only remembers who
// rang, because the process that lands also commits. Upholds promise 10 through the limits of its parts.
import { randomBytes, randomUUID } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Clock, Doorbell, Ids, LogFields, PointerPorts, Telemetry } from '../ports.ts';
import { makeLocalFileStore } from './file-store.ts';
import { assertReadableEverywhere, uriOfPath } from './file-uri.ts';
import { ioError, systemCode } from './io-errors.ts';
import { makeSqlCatalog } from './sql-catalog.ts';

export interface LocalPortsOptions {
  /** The warehouse directory; made by the first write. */
  readonly warehouse: string;
  readonly telemetry?: Telemetry;
}

/** Everything a job needs, over one directory. Writes nothing by itself. */
export function makeLocalPorts(options: LocalPortsOptions): PointerPorts {
  const directory = warehousePath(options.warehouse);
  return {
    files: makeLocalFileStore(),
    catalog: makeSqlCatalog(`${directory}/catalog.db`),
    clock: systemClock,
    ids: systemIds,
    telemetry: options.telemetry ?? silentTelemetry,
    doorbell: collectingDoorbell().doorbell,
    root: uriOfPath(directory),
  };
}

/** The absolute path of a warehouse, with links resolved as far as it exists: two ways to one directory give one location. */
export function warehousePath(warehouse: string): string {
  let existing = resolve(warehouse);
  let rest = '';
  for (;;) {
    try {
      const path = `${realpathSync(existing).replace(/^\/$/, '')}${rest}`;
      assertReadableEverywhere(path);
      return path;
    } catch (error) {
      const code = systemCode(error);
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw ioError(error, 'open the warehouse', warehouse);
      rest = existing.slice(dirname(existing) === '/' ? 0 : dirname(existing).length) + rest;
      existing = dirname(existing);
    }
  }
}

export const systemClock: Clock = { nowMs: () => Date.now() };

export const systemIds: Ids = {
  uuid: () => randomUUID(),
  snapshotId: () => {
    for (;;) {
      const id = randomBytes(8).readBigUInt64BE() >> 1n;
      if (id > 0n) return id;
    }
  },
};

/** For commands whose output is their result. */
export const silentTelemetry: Telemetry = { count: () => undefined, log: () => undefined };

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LEVELS)[number];

/** One JSON object per line, to standard error by default; counts are written as lines too. */
export function ndjsonTelemetry(options: { readonly level: LogLevel; readonly write?: (line: string) => void }): Telemetry {
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const emit = (level: LogLevel, fields: Readonly<Record<string, unknown>>) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(options.level)) return;
    write(`${JSON.stringify({ time: new Date().toISOString(), level, ...fields })}\n`);
  };
  return {
    count: (metric, value, dimensions) => emit('debug', { metric, value, ...(dimensions ? { dimensions } : {}) }),
    log: (level, message, fields?: LogFields) => emit(level, { message, ...fields }),
  };
}

/** A doorbell that remembers, for the process that commits by itself. */
export function collectingDoorbell(): { readonly doorbell: Doorbell; take(): readonly string[] } {
  const rung = new Set<string>();
  return {
    doorbell: { ring: async (contractName) => void rung.add(contractName) },
    take() {
      const names = [...rung];
      rung.clear();
      return names;
    },
  };
}
