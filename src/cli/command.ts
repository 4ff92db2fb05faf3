// What a command is: data that help, argument checking and suggestions are made of, and one function that does it.
import type { Terminal } from './terminal.ts';

/** Exit codes (DESIGN §8): fine · the answer is "no" · used wrongly · could not be done. */
export const EXIT = { fine: 0, no: 1, usage: 2, fault: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface OptionSpec {
  readonly type: 'string' | 'boolean';
  /** Name of the value in help. */
  readonly value?: string;
  readonly summary: string;
  readonly choices?: readonly string[];
}

/**
 * A directory with a catalog of its own; a prefix on S3 (no trailing slash) that Glue catalogues; a directory or prefix whose tables a
 * REST catalog at `uri` knows.
 */
export type WarehousePlace =
  | { readonly kind: 'local'; readonly directory: string }
  | { readonly kind: 'glue'; readonly root: string }
  | { readonly kind: 'rest'; readonly root: string; readonly uri: string };

export interface Invocation {
  readonly positionals: readonly string[];
  /** Text options by name; absent when not given. */
  readonly text: Readonly<Record<string, string>>;
  /** Switches that were given. */
  readonly switches: ReadonlySet<string>;
  readonly warehouse: WarehousePlace;
  readonly isJson: boolean;
  readonly terminal: Terminal;
}

export interface Command {
  readonly name: string;
  /** Arguments as in the usage line. */
  readonly usage: string;
  readonly positionalsMin: number;
  readonly positionalsMax: number;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Command lines, without `firn`, each with what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  /** Further paragraphs of help. */
  readonly notes?: readonly string[];
  readonly run: (invocation: Invocation) => Promise<ExitCode>;
}

/** The command line itself is wrong: exit 2, with a word on how it is right. */
export class UsageError extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** Options of every command. */
export const COMMON_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  warehouse: { type: 'string', value: 'PLACE', summary: 'the warehouse directory (default ./warehouse), or s3://bucket/prefix' },
  catalog: {
    type: 'string',
    value: 'NAME',
    summary: 'local (default), glue for a warehouse on S3, or rest for a REST catalog at --uri',
    choices: ['local', 'glue', 'rest'],
  },
  uri: { type: 'string', value: 'URL', summary: 'the REST catalog, without /v1; credentials come from FIRN_CATALOG_… variables' },
  json: { type: 'boolean', summary: 'print exactly one JSON document' },
  help: { type: 'boolean', summary: 'explain the command' },
};
