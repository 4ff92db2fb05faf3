// `firn land`: files into a contract's table, exactly once.
import { tableKey } from '../contract/names.ts';
import { type Command, EXIT, type ExitCode, type Invocation } from './command.ts';
import { requireContract } from './contract-files.ts';
import { findInputs } from './inputs.ts';
import { landInputs } from './land-run.ts';
import { type LandTally, quarantinedByRule } from './land-tally.ts';
import { INPUT_FORMATS, type InputFormat } from './sniff-format.ts';
import { formatBytes, formatCount, formatDuration } from './table-text.ts';
import type { Terminal } from './terminal.ts';
import { openWarehouse } from './warehouse.ts';

export const landCommand: Command = {
  name: 'land',
  usage: 'CONTRACT INPUT… [--format events|records|lambda]',
  positionalsMin: 2,
  positionalsMax: Number.MAX_SAFE_INTEGER,
  options: {
    format: { type: 'string', value: 'FORMAT', summary: 'events, records or lambda (default: by the first line)', choices: INPUT_FORMATS },
    source: { type: 'string', value: 'NAME', summary: "the source's name (default: the path relative to the inputs' common folder)" },
    growing: { type: 'boolean', summary: 'the file is still being written: leave an unfinished last line for later' },
    'no-commit': { type: 'boolean', summary: 'stage only; the next landing commits' },
  },
  examples: [
    ['land schemas/game/access-events.odcs.yaml events.ndjson', 'a file of events, one JSON value per line'],
    ['land access-events logs/', 'a contract by its name under ./schemas, a folder of files'],
    ['land access-events day1.ndjson.gz day2.ndjson.zst', 'compressed files as they are'],
    ['land access-events captured.json --format lambda', 'Lambda Kafka events'],
    ['land access-events today.log --source today --growing', 'a file that grows: again lands its tail'],
    ['land access-events events.ndjson --catalog glue --warehouse s3://bucket/lake', 'into tables on S3 that Glue catalogues'],
  ],
  notes: [
    'events: every line is a record; its offset is its line number. records: Kafka records as JSON. lambda: Lambda Kafka events.',
    'Landing the same input again adds nothing. Another file under a name that has landed is refused.',
  ],
  run: runLand,
};

async function runLand(invocation: Invocation): Promise<ExitCode> {
  const { positionals, text, switches, terminal } = invocation;
  const contract = await requireContract(positionals[0]!);
  const inputs = await findInputs(positionals.slice(1), { sourceName: text['source'] });
  const startedMs = performance.now();
  const interrupt = catchInterrupt(terminal);
  try {
    const tally = await landInputs({
      ports: await openWarehouse(invocation.warehouse),
      contract,
      inputs,
      format: text['format'] as InputFormat | undefined,
      sourceName: text['source'],
      isGrowing: switches.has('growing'),
      isCommitting: !switches.has('no-commit'),
      isInterrupted: interrupt.isInterrupted,
      onProgress: (now) => terminal.progress(progressText(now, { inputs: inputs.length, ms: performance.now() - startedMs })),
    });
    terminal.progress('');
    const summary = summaryOf(tally, {
      contract: contract.name,
      table: tableKey(contract.tables[0]!.identifier),
      isCommitted: !switches.has('no-commit'),
      isInterrupted: interrupt.isInterrupted(),
      ms: performance.now() - startedMs,
    });
    if (terminal.isJson) terminal.json(summary);
    else printSummary(terminal, summary);
    return summary.interrupted || summary.parked.length > 0 ? EXIT.fault : EXIT.fine;
  } finally {
    interrupt.release();
  }
}

/** The first Ctrl-C ends after the batch at hand; the second ends at once, which is safe too. */
function catchInterrupt(terminal: Terminal) {
  let isInterrupted = false;
  const stop = () => {
    if (isInterrupted) process.exit(130);
    isInterrupted = true;
    terminal.note('firn: stopping after this batch; once more to stop at once (nothing is lost or doubled either way)');
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return { isInterrupted: () => isInterrupted, release: () => void process.off('SIGINT', stop).off('SIGTERM', stop) };
}

function progressText(tally: LandTally, given: { readonly inputs: number; readonly ms: number }): string {
  const read = tally.inputs.reduce((count, input) => count + input.records - input.skipped, 0);
  const rate = formatCount(Math.round(read / (given.ms / 1000)));
  return `landing ${tally.inputs.length}/${given.inputs}: ${formatCount(read)} records, ${formatBytes(tally.valueBytes)}, ${rate}/s`;
}

export interface LandSummary {
  readonly contract: string;
  readonly table: string;
  readonly committed: boolean;
  readonly interrupted: boolean;
  readonly records: number;
  readonly accepted: number;
  readonly quarantined: number;
  readonly filtered: number;
  readonly absent: number;
  readonly alreadyLanded: number;
  readonly quarantinedByRule: Readonly<Record<string, number>>;
  readonly ruleCounts: Readonly<Record<string, number>>;
  readonly snapshots: number;
  readonly parked: LandTally['parked'];
  readonly inputs: readonly { readonly path: string; readonly source: string; readonly format: string; readonly records: number }[];
  readonly durationMs: number;
  readonly recordsPerSecond: number;
}

/** What a landing came to, for programs. Records = accepted + quarantined + filtered + already landed. */
export function summaryOf(
  tally: LandTally,
  given: {
    readonly contract: string;
    readonly table: string;
    readonly isCommitted: boolean;
    readonly isInterrupted: boolean;
    readonly ms: number;
  },
): LandSummary {
  const counts = given.isCommitted ? tally.decided : tally.staged;
  const rules = given.isCommitted ? tally.decidedRules : tally.stagedRules;
  const records = tally.inputs.reduce((count, input) => count + input.records, 0);
  const read = tally.inputs.reduce((count, input) => count + input.records - input.skipped, 0);
  return {
    contract: given.contract,
    table: given.table,
    committed: given.isCommitted,
    interrupted: given.isInterrupted,
    records,
    ...counts,
    alreadyLanded: records - counts.accepted - counts.quarantined - counts.filtered,
    quarantinedByRule: Object.fromEntries(quarantinedByRule(rules)),
    ruleCounts: Object.fromEntries(rules),
    snapshots: tally.snapshots,
    parked: tally.parked,
    inputs: tally.inputs.map(({ path, source, format, records: own }) => ({ path, source, format, records: own })),
    durationMs: Math.round(given.ms),
    recordsPerSecond: Math.round(read / Math.max(0.001, given.ms / 1000)),
  };
}

/** The same for people. */
export function printSummary(terminal: Terminal, summary: LandSummary): void {
  const { style } = terminal;
  const what = summary.interrupted
    ? style.warn('interrupted')
    : summary.committed
      ? style.good('landed')
      : style.warn('staged, not committed');
  const added = summary.accepted + summary.quarantined + summary.filtered;
  const speed = added === 0 ? '' : `, ${formatCount(summary.recordsPerSecond)} records/s`;
  terminal.line(`${what} ${style.bold(summary.table)}  ${style.dim(`${formatDuration(summary.durationMs)}${speed}`)}`);
  const rows: (readonly [string, number])[] = [
    ['accepted', summary.accepted],
    ['quarantined', summary.quarantined],
    ['filtered', summary.filtered],
    ['absent', summary.absent],
    ['already landed', summary.alreadyLanded],
  ];
  for (const [name, count] of rows) {
    if (count > 0 || name === 'accepted')
      terminal.line(`  ${name.padEnd(14)} ${formatCount(count).padStart(13)}${name === 'quarantined' ? byRule(summary) : ''}`);
  }
  if (added === 0 && summary.alreadyLanded > 0) terminal.line(style.dim('  nothing new: every record had landed before'));
  for (const parked of summary.parked) {
    terminal.line(`  ${style.bad('parked')} ${parked.table ?? parked.sourceId ?? ''}: ${parked.message}`);
  }
  if (summary.interrupted) terminal.line('  run the same command again to go on');
  if (summary.quarantined > 0) terminal.line(style.dim(`  why: firn quarantine ${summary.table}`));
}

function byRule(summary: LandSummary): string {
  const rules = Object.entries(summary.quarantinedByRule);
  const shown = rules.slice(0, 6).map(([rule, count]) => `${rule} ${formatCount(count)}`);
  if (rules.length > shown.length) shown.push(`${rules.length - shown.length} more rules`);
  return shown.length === 0 ? '' : `   ${shown.join(' · ')}`;
}
