// `firn recover`: plan → look → apply (DESIGN §7). A plan is stored data with the hash of its content as its name; applying it is
// refused once what it was made from has moved. One file per kind.
import { LIMITS } from '../contract/limits.ts';
import { startDeadline } from '../jobs/deadline.ts';
import { loadPlan, type RecoveryPlan, type StoredPlan, storePlan } from '../jobs/recovery-plan.ts';
import type { Ports } from '../ports.ts';
import { type Command, EXIT, type ExitCode, type Invocation, UsageError } from './command.ts';
import { contractOf, contractsOf } from './find-contract.ts';
import { openExistingWarehouse } from './warehouse.ts';

/** What `plan` is given: the options as typed. */
export interface RecoverPlanRequest {
  readonly ports: Ports;
  readonly contractName: string;
  /** As typed: a table or a contract. */
  readonly name: string;
  readonly text: Readonly<Record<string, string>>;
  readonly switches: ReadonlySet<string>;
}

export interface RecoverApplyRequest {
  readonly ports: Ports;
  readonly contractName: string;
  readonly plan: StoredPlan;
}

export interface RecoverOutcome {
  /** Lines for people. */
  readonly lines: readonly string[];
  /** The same for programs. */
  readonly result: unknown;
}

export interface RecoverKind {
  /** Throws UsageError for options that are missing or wrong. Writes nothing that anybody reads. */
  plan(request: RecoverPlanRequest): Promise<Omit<RecoveryPlan, 'version' | 'contract' | 'createdAtMs' | 'kind'>>;
  /** May be called twice, and again after it was killed anywhere. Refuses when a precondition moved. */
  apply(request: RecoverApplyRequest): Promise<RecoverOutcome>;
}

/** By the name after `--kind`. */
const KINDS: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<RecoverKind> }>> = {
  absent: {
    summary: 'declare that offsets have no record (--source --partition --from --to --note)',
    load: async () => (await import('./recover-absent.ts')).recoverAbsent,
  },
  generation: {
    summary: 'compare a new generation of a source with what landed under the older ones (--source --brokers [--kafka-config] [--accept])',
    load: async () => (await import('./recover-generation.ts')).recoverGeneration,
  },
  ledger: {
    summary: 'make a lost ledger anew from what is left of it and from the tables (--accept gives up rows that are nowhere)',
    load: async () => (await import('./recover-ledger.ts')).recoverLedger,
  },
  resolve: {
    summary: 'ask Kafka about offsets missing between deliveries (--brokers [--kafka-config] [--contract])',
    load: async () => (await import('./recover-resolve.ts')).recoverResolve,
  },
  unpark: {
    summary: 'let a parked table or source go on (--table or --source; --accept gives up rows that are nowhere)',
    load: async () => (await import('./recover-unpark.ts')).recoverUnpark,
  },
};

export const recoverCommand: Command = {
  name: 'recover',
  usage: 'plan TABLE|CONTRACT --kind KIND [options] | apply TABLE|CONTRACT PLAN',
  positionalsMin: 2,
  positionalsMax: 3,
  options: {
    kind: { type: 'string', value: 'KIND', summary: Object.keys(KINDS).join(', '), choices: Object.keys(KINDS) },
    source: { type: 'string', value: 'ID', summary: 'source, as firn audit names it: name/topic/generation' },
    partition: { type: 'string', value: 'N', summary: 'topic partition' },
    from: { type: 'string', value: 'OFFSET', summary: 'first offset' },
    to: { type: 'string', value: 'OFFSET', summary: 'last offset' },
    brokers: { type: 'string', value: 'HOST:PORT[,…]', summary: 'brokers to ask' },
    'kafka-config': { type: 'string', value: 'FILE', summary: 'Kafka client properties, as for firn run' },
    contract: { type: 'string', value: 'CONTRACT', summary: 'the contract, by file or name (default: by the name the ledger has)' },
    table: { type: 'string', value: 'TABLE', summary: 'namespace.table' },
    accept: { type: 'boolean', summary: 'accept the loss that the plan names' },
    note: { type: 'string', value: 'TEXT', summary: 'why, for the next reader' },
  },
  examples: [
    [
      'recover plan game.events --kind absent --source main/events/1 --partition 0 --from 17 --to 20',
      'what declaring a gap absent would do',
    ],
    ['recover apply game.events absent-0123456789abcdef', 'carry the plan out'],
  ],
  notes: Object.entries(KINDS).map(([name, { summary }]) => `${name}: ${summary}.`),
  run: runRecover,
};

async function runRecover(invocation: Invocation): Promise<ExitCode> {
  const [action, name, planId] = invocation.positionals as readonly [string, string, string?];
  const ports = await openExistingWarehouse(invocation.warehouse);
  const contractName = contractOf(await contractsOf(ports, new Set()), name);
  if (action === 'plan' && planId === undefined) return runPlan(invocation, { ports, contractName, name });
  if (action === 'apply' && planId !== undefined) return runApply(invocation, { ports, contractName, planId });
  throw new UsageError(`firn recover ${action} is not understood: ${recoverCommand.usage}`, 'firn help recover');
}

async function runPlan(
  { text, switches, terminal }: Invocation,
  given: { readonly ports: Ports; readonly contractName: string; readonly name: string },
): Promise<ExitCode> {
  const kind = text['kind'];
  if (kind === undefined) throw new UsageError(`--kind is needed: one of ${Object.keys(KINDS).join(', ')}`, 'firn help recover');
  const { ports, contractName } = given;
  const draft = await (await KINDS[kind]!.load()).plan({ ...given, text, switches });
  const plan = await storePlan(ports, { version: 1, kind, contract: contractName, createdAtMs: ports.clock.nowMs(), ...draft });
  if (terminal.isJson) terminal.json(plan);
  else {
    terminal.line(`${terminal.style.bold(plan.id)}  ${plan.what}`);
    terminal.line(`  why: ${plan.why}`);
    for (const effect of plan.effects) terminal.line(`  · ${effect}`);
    terminal.line(`  apply it with: firn recover apply ${contractName} ${plan.id}`);
  }
  return EXIT.fine;
}

async function runApply(
  { terminal }: Invocation,
  given: { readonly ports: Ports; readonly contractName: string; readonly planId: string },
): Promise<ExitCode> {
  const { ports, contractName, planId } = given;
  const plan = await loadPlan(ports, { contractName, id: planId });
  const kind = KINDS[plan.kind];
  if (!kind) throw new UsageError(`plan ${planId} is of a kind this version does not know`, 'firn help recover');
  const { lines, result } = await (await kind.load()).apply({ ports, contractName, plan });
  if (terminal.isJson) terminal.json({ plan: plan.id, kind: plan.kind, contract: contractName, result });
  else for (const line of lines) terminal.line(line);
  return EXIT.fine;
}

/** The deadline of one step of a plan. */
export function planDeadline(ports: Ports) {
  return startDeadline(ports.clock, LIMITS.commitDeadlineMs);
}

/** A whole number from 0 that an option must give. */
export function wholeNumber(text: Readonly<Record<string, string>>, name: string): number {
  const value = text[name];
  if (value === undefined) throw new UsageError(`--${name} is needed`, 'firn help recover');
  const number = Number(value);
  if (/^\d{1,16}$/.test(value) && Number.isSafeInteger(number)) return number;
  throw new UsageError(`--${name} must be a whole number from 0; got ${JSON.stringify(value)}`, 'firn help recover');
}
