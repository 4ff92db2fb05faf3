// The commands, in the order of help. A command's code is loaded only when it is run or explained: SQL and Parquet engines take
// their time to load, and `firn --version` should not wait for them.
import type { Command } from './command.ts';

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'demo',
    summary: 'the whole thing on real data in one go, ending in queries and an audit',
    load: async () => (await import('./demo.ts')).demoCommand,
  },
  {
    name: 'check',
    summary: 'check contracts: standard, types, rules, field ids, what is deployed',
    load: async () => (await import('./check.ts')).checkCommand,
  },
  { name: 'land', summary: "land files into a contract's table, exactly once", load: async () => (await import('./land.ts')).landCommand },
  {
    name: 'run',
    summary: 'consume Kafka topics into their tables until stopped',
    load: async () => (await import('./run-topics.ts')).runCommand,
  },
  {
    name: 'tables',
    summary: 'list the tables with rows, files and freshness',
    load: async () => (await import('./tables.ts')).tablesCommand,
  },
  {
    name: 'show',
    summary: 'a table: schema, files, snapshots, ledger, freshness',
    load: async () => (await import('./show.ts')).showCommand,
  },
  {
    name: 'query',
    summary: 'run SQL (DuckDB) over the tables, all at one moment',
    load: async () => (await import('./query.ts')).queryCommand,
  },
  {
    name: 'audit',
    summary: 'prove that every record is in exactly one place, and list what is not',
    load: async () => (await import('./audit.ts')).auditCommand,
  },
  { name: 'quarantine', summary: 'what was rejected and why', load: async () => (await import('./quarantine.ts')).quarantineCommand },
  {
    name: 'redrive',
    summary: 'land quarantined records again under the present contract, exactly once',
    load: async () => (await import('./redrive.ts')).redriveCommand,
  },
  {
    name: 'maintain',
    summary: 'compact small files, expire snapshots, delete what nothing refers to; or show the plan',
    load: async () => (await import('./maintain.ts')).maintainCommand,
  },
  {
    name: 'recover',
    summary: 'plan a recovery, look at it, carry it out',
    load: async () => (await import('./recover.ts')).recoverCommand,
  },
  {
    name: 'deploy-plan',
    summary: 'what the next deployment does to data and positions, before it does it',
    load: async () => (await import('./deploy-plan.ts')).deployPlanCommand,
  },
];
