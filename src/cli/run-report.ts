// What `firn run` tells: a line of progress for a person at a terminal, notes about what needs one, one JSON event a line with --json,
// and a summary at the end. Counts and places only, never a payload.
import type { CompiledContract } from '../contract/compiled.ts';
import { LIMITS } from '../contract/limits.ts';
import type { RunEvent } from '../jobs/run-contract.ts';
import { countOffsets } from '../ledger/ranges.ts';
import { formatBytes, formatCount, formatDuration } from './table-text.ts';
import type { Terminal } from './terminal.ts';

export interface RunReport {
  event(contract: string, event: RunEvent): void;
  failed(contract: string, error: unknown): void;
  /** Everything that was there when last looked has landed, of the partitions it was given; without any, once it has waited for some. */
  isCaughtUp(contract: string): boolean;
  /** Partitions that it was not given, in words; undefined when there are none. `hasNothing`: a contract was given none at all. */
  notRead(): { readonly text: string; readonly hasNothing: boolean } | undefined;
  hasParked(): boolean;
  failures(): readonly unknown[];
  end(): void;
}

interface Tally {
  records: number;
  accepted: number;
  quarantined: number;
  filtered: number;
  absent: number;
  units: number;
  commits: number;
  lag: number | undefined;
  /** Partitions it was given at its best, and those of its topics that it was not given then. */
  given: number;
  elsewhere: number;
  isParked: boolean;
}

/** A report that writes to the terminal as things happen. */
export function makeRunReport(terminal: Terminal, contracts: readonly CompiledContract[]): RunReport {
  const startedMs = performance.now();
  const tallies = new Map(contracts.map(({ name }) => [name, newTally()]));
  const failures: { readonly contract: string; readonly error: unknown }[] = [];
  return {
    event: (contract, event) => {
      const tally = tallies.get(contract)!;
      count(tally, event);
      if (terminal.isJson) terminal.raw(`${JSON.stringify(jsonEvent(contract, event))}\n`);
      else say(terminal, contract, event);
      terminal.progress(progressText([...tallies.values()], performance.now() - startedMs));
    },
    failed: (contract, error) => {
      failures.push({ contract, error });
      if (contracts.length > 1) terminal.note(`${contract} has stopped: ${error instanceof Error ? error.message : String(error)}`);
    },
    isCaughtUp: (contract) => {
      const { lag, given, elsewhere } = tallies.get(contract)!;
      return lag === 0 && (given > 0 || elsewhere === 0 || performance.now() - startedMs > LIMITS.onceWaitMs);
    },
    notRead: () => {
      const left = [...tallies].filter(([, { elsewhere }]) => elsewhere > 0);
      if (left.length === 0) return undefined;
      const text = left.map(([contract, { elsewhere }]) => `${contract}: ${formatCount(elsewhere)} partitions`).join(', ');
      return { text, hasNothing: left.some(([, { given }]) => given === 0) };
    },
    hasParked: () => [...tallies.values()].some(({ isParked }) => isParked),
    failures: () => failures.map(({ error }) => error),
    end: () => {
      terminal.progress('');
      const ms = performance.now() - startedMs;
      for (const [contract, tally] of tallies) printEnd(terminal, { contract, tally, ms });
    },
  };
}

function newTally(): Tally {
  return {
    records: 0,
    accepted: 0,
    quarantined: 0,
    filtered: 0,
    absent: 0,
    units: 0,
    commits: 0,
    lag: undefined,
    given: 0,
    elsewhere: 0,
    isParked: false,
  };
}

function count(tally: Tally, event: RunEvent): void {
  switch (event.kind) {
    case 'assigned':
      tally.lag = event.lag;
      if (event.partitions >= tally.given) tally.elsewhere = event.elsewhere;
      tally.given = Math.max(tally.given, event.partitions);
      return;
    case 'landed':
      tally.lag = event.lag;
      tally.units++;
      tally.records += event.result.records;
      return;
    case 'committed':
      for (const { counts, parked } of event.results) {
        tally.commits++;
        tally.accepted += counts.accepted;
        tally.quarantined += counts.quarantined;
        tally.filtered += counts.filtered;
        tally.absent += counts.absent;
        tally.isParked = parked.length > 0;
      }
      return;
    case 'halted':
      if (event.halted.reason === 'parked' || event.halted.reason === 'generation') tally.isParked = true;
      return;
    case 'resolved':
      if (event.result.parked.length > 0) tally.isParked = true;
      return;
    case 'lost':
    case 'retrying':
      return;
  }
}

function jsonEvent(contract: string, event: RunEvent): unknown {
  switch (event.kind) {
    case 'landed':
      return {
        event: event.kind,
        contract,
        records: event.result.records,
        bytes: event.result.dataBytes,
        files: event.result.dataFiles,
        counts: event.result.counts,
        lag: event.lag,
        ms: event.ms,
      };
    case 'committed': {
      const last = event.results.at(-1);
      const snapshots = event.results.flatMap(({ tables }) => tables).reduce((sum, table) => sum + table.snapshots, 0);
      return { event: event.kind, contract, entry: last?.entry, snapshots, ms: event.ms, parked: last?.parked ?? [] };
    }
    case 'halted':
      return { event: event.kind, contract, ...event.halted };
    case 'resolved':
      return { event: event.kind, contract, ...event.result };
    case 'assigned':
    case 'lost':
    case 'retrying': {
      const { kind, ...rest } = event;
      return { event: kind, contract, ...rest };
    }
  }
}

/** Only what a person must know; the rest is in the line of progress. */
function say(terminal: Terminal, contract: string, event: RunEvent): void {
  if (event.kind === 'halted') {
    const where = `${event.halted.sourceId}${event.halted.partition === undefined ? '' : ` partition ${event.halted.partition}`}`;
    terminal.note(`${contract}: ${where} is not read: ${event.halted.message}`);
  }
  if (event.kind === 'lost') {
    terminal.note(
      `${contract}: ${event.sourceId} partition ${event.partition}: Kafka has deleted offsets ${event.from} to ${event.to - 1} before they were read (retention)`,
    );
  }
  if (event.kind === 'resolved') {
    const { landed, noRecord, beforeLogStart, left } = event.result;
    const open = left.reduce((sum, { ranges }) => sum + countOffsets(ranges), 0);
    const found = `${formatCount(landed)} landed, ${formatCount(noRecord)} have no record, ${formatCount(beforeLogStart)} were deleted by retention`;
    terminal.note(`${contract}: offsets missing between deliveries: ${found}${open > 0 ? `, ${formatCount(open)} still unverified` : ''}`);
  }
  if (event.kind === 'retrying')
    terminal.note(`${contract}: ${event.message} (attempt ${event.attempt}, next in ${formatDuration(event.pauseMs)})`);
  if (event.kind === 'committed') {
    for (const { table, sourceId, message } of event.results.at(-1)?.parked ?? [])
      terminal.note(`${contract}: parked ${table ?? sourceId}: ${message}`);
  }
}

function progressText(tallies: readonly Tally[], ms: number): string {
  const sum = (of: (tally: Tally) => number) => tallies.reduce((total, tally) => total + of(tally), 0);
  const records = sum((tally) => tally.records);
  const perSecond = Math.round(records / Math.max(1, ms / 1000));
  const lag = sum((tally) => tally.lag ?? 0);
  return `${formatCount(records)} records · ${formatCount(perSecond)}/s · lag ${formatCount(lag)} · ${formatCount(sum((tally) => tally.commits))} commits · ${formatBytes(process.memoryUsage.rss())}`;
}

function printEnd(terminal: Terminal, given: { readonly contract: string; readonly tally: Tally; readonly ms: number }): void {
  const { contract, tally, ms } = given;
  const rssBytesMax = process.resourceUsage().maxRSS * 1024;
  if (terminal.isJson) {
    const { isParked, given: _given, elsewhere: _elsewhere, ...counts } = tally;
    terminal.raw(`${JSON.stringify({ event: 'stopped', contract, ...counts, parked: isParked, ms: Math.round(ms), rssBytesMax })}\n`);
    return;
  }
  const classes = `${formatCount(tally.accepted)} accepted, ${formatCount(tally.quarantined)} quarantined, ${formatCount(tally.filtered)} filtered, ${formatCount(tally.absent)} absent`;
  terminal.line(
    `${contract}: ${formatCount(tally.records)} records in ${formatDuration(ms)}: ${classes}; ${formatCount(tally.commits)} commits, at most ${formatBytes(rssBytesMax)} of memory`,
  );
}
