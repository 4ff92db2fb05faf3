// What a landing came to. Counts are taken from the ledger entries that decided this landing's own descriptors, not from what was
// staged: so lines that had landed before, or that another process landed meanwhile, are never counted as added.
import type { CompiledContract } from '../contract/compiled.ts';
import { type LoadedLedger, loadEntry, loadLedger } from '../jobs/load-ledger.ts';
import type { LandBatchResult, ParkedTarget } from '../jobs/types.ts';
import type { ClassCounts } from '../ledger/entries.ts';
import type { Ports } from '../ports.ts';
import type { InputFormat } from './sniff-format.ts';

export interface InputTally {
  readonly path: string;
  readonly source: string;
  readonly format: InputFormat;
  /** Records read, those of the covered prefix included. */
  records: number;
  /** Of these, lines of the prefix that had landed. */
  skipped: number;
}

export interface LandTally {
  readonly inputs: InputTally[];
  readonly descriptors: Set<string>;
  staged: ClassCounts;
  stagedRules: Map<string, number>;
  decided: ClassCounts;
  decidedRules: Map<string, number>;
  commits: number;
  snapshots: number;
  parked: readonly ParkedTarget[];
  valueBytes: number;
}

const NONE: ClassCounts = { accepted: 0, quarantined: 0, filtered: 0, absent: 0 };

export function newTally(): LandTally {
  return {
    inputs: [],
    descriptors: new Set(),
    staged: NONE,
    stagedRules: new Map(),
    decided: NONE,
    decidedRules: new Map(),
    commits: 0,
    snapshots: 0,
    parked: [],
    valueBytes: 0,
  };
}

/** A batch was staged. */
export function addBatch(tally: LandTally, result: LandBatchResult): void {
  if (result.descriptorId !== undefined) tally.descriptors.add(result.descriptorId);
  tally.staged = sum(tally.staged, result.counts);
  addRules(tally.stagedRules, result.ruleCounts);
}

/** Adds what the entries after `from` decided of this landing's descriptors; gives the ledger's new position. */
export async function addDecided(
  tally: LandTally,
  given: { readonly ports: Ports; readonly contract: CompiledContract; readonly from: number },
): Promise<number> {
  const request = { ports: given.ports, contractName: given.contract.name };
  const ledger: LoadedLedger = await loadLedger(request);
  for (let n = given.from + 1; n <= ledger.state.n; n++) {
    const entry = await loadEntry(request, ledger, n);
    if (entry?.kind !== 'land') continue;
    for (const descriptor of entry.descriptors) {
      if (!tally.descriptors.has(descriptor.id)) continue;
      tally.decided = sum(tally.decided, descriptor.counts);
      addRules(tally.decidedRules, descriptor.ruleCounts);
    }
  }
  return ledger.state.n;
}

/** Counts of rules under which records were quarantined, most first. */
export function quarantinedByRule(rules: ReadonlyMap<string, number>): readonly (readonly [rule: string, count: number])[] {
  return [...rules]
    .filter(([name]) => name.endsWith(':quarantine'))
    .map(([name, count]) => [name.slice(0, -':quarantine'.length), count] as const)
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

export function sum(a: ClassCounts, b: ClassCounts): ClassCounts {
  return {
    accepted: a.accepted + b.accepted,
    quarantined: a.quarantined + b.quarantined,
    filtered: a.filtered + b.filtered,
    absent: a.absent + b.absent,
  };
}

function addRules(into: Map<string, number>, from: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(from)) into.set(name, (into.get(name) ?? 0) + count);
}
