// `firn redrive`: what was rejected is judged again under the contract as it is now; what passes lands exactly once and leaves the
// quarantine, what fails again stays. --plan counts and writes nothing. Exit 1 when the ledger moved on and something is left to do.
import { LIMITS } from '../contract/limits.ts';
import { PROPERTY, tableKey } from '../contract/names.ts';
import { InputRefusedError } from '../errors.ts';
import { startProbe } from '../isolation/probe-process.ts';
import { startDeadline } from '../jobs/deadline.ts';
import { ensureTables } from '../jobs/ensure-tables.ts';
import type { QuarantineFilter } from '../jobs/read-quarantine.ts';
import { redrive } from '../jobs/redrive.ts';
import type { RedriveResult } from '../jobs/redrive-types.ts';
import { createJudge } from '../pipeline/judge.ts';
import { type Command, EXIT, type ExitCode, type Invocation, UsageError } from './command.ts';
import { commitPatiently } from './commit-patiently.ts';
import { requireContract } from './contract-files.ts';
import { formatCount } from './table-text.ts';
import { findTable, loadMetadata, openExistingWarehouse } from './warehouse.ts';

export const redriveCommand: Command = {
  name: 'redrive',
  usage: 'TABLE [--rule R] [--source S] [--from T] [--to T] [--plan]',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {
    rule: { type: 'string', value: 'RULE', summary: 'only records rejected by this rule' },
    source: { type: 'string', value: 'NAME', summary: 'only records of this source' },
    from: { type: 'string', value: 'TIME', summary: 'only records whose Kafka timestamp is not before it (ISO 8601)' },
    to: { type: 'string', value: 'TIME', summary: 'only records whose Kafka timestamp is before it' },
    contract: { type: 'string', value: 'PATH', summary: "the contract; left out, the one under schemas/ of the table's contract" },
    plan: { type: 'boolean', summary: 'say what would land, write nothing' },
  },
  examples: [
    ['redrive cinema.movies --plan', 'how many rejected records the contract accepts by now'],
    ['redrive movies --rule required', 'land those that were rejected by one rule'],
  ],
  run: runRedrive,
};

async function runRedrive({ positionals, text, switches, warehouse, terminal }: Invocation): Promise<ExitCode> {
  const filter = filterOf(text);
  const isPlan = switches.has('plan');
  const ports = await openExistingWarehouse(warehouse);
  const pointer = await findTable(ports, positionals[0]!);
  const contractName = (await loadMetadata(ports, pointer)).properties[PROPERTY.contract];
  if (contractName === undefined) throw new UsageError(`${tableKey(pointer.identifier)} belongs to no contract`, 'firn tables');
  const contract = await requireContract(text['contract'] ?? contractName);
  if (contract.name !== contractName) {
    throw new InputRefusedError(
      `${tableKey(pointer.identifier)} belongs to contract ${contractName}, ${contract.file} is ${contract.name}; name the right one with --contract`,
      { code: 'another-contract', details: { contract: contractName, got: contract.name } },
    );
  }
  const resolved = await ensureTables({ ports, contract });
  const deadline = startDeadline(ports.clock, LIMITS.commitDeadlineMs);
  const result = await redrive({
    ports,
    contract,
    resolved,
    judge: createJudge(contract),
    deadline,
    filter,
    isPlan,
    guard: { startProbe },
  });
  if (!isPlan) await commitPatiently(ports, contractName);
  if (terminal.isJson) terminal.json({ ...result, plan: isPlan });
  else terminal.line(describe(result, isPlan));
  return result.replanned > 0 ? EXIT.no : EXIT.fine;
}

function describe({ examined, accepted, filtered, replanned }: RedriveResult, isPlan: boolean): string {
  const left = examined - accepted - filtered;
  const parts = [
    `${formatCount(examined)} quarantined records`,
    `${formatCount(accepted)} ${isPlan ? 'would land' : 'landed'}`,
    ...(filtered > 0 ? [`${formatCount(filtered)} ${isPlan ? 'would be filtered' : 'filtered'}`] : []),
    `${formatCount(left)} stay quarantined`,
    ...(replanned > 0 ? ['the ledger moved on meanwhile: run it again for the rest'] : []),
  ];
  return parts.join(' · ');
}

function filterOf(text: Readonly<Record<string, string>>): QuarantineFilter {
  const { rule, source } = text;
  const [fromMs, toMs] = [timeOf(text, 'from'), timeOf(text, 'to')];
  return {
    ...(rule === undefined ? {} : { rule }),
    ...(source === undefined ? {} : { source }),
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(toMs === undefined ? {} : { toMs }),
  };
}

function timeOf(text: Readonly<Record<string, string>>, name: string): number | undefined {
  const value = text[name];
  if (value === undefined) return undefined;
  const ms = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(value) ? Date.parse(value) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new UsageError(
    `--${name} must be a date or a time with its zone, as in 2026-02-01T00:00:00Z; got ${JSON.stringify(value)}`,
    'firn help redrive',
  );
}
