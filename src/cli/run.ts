// From arguments to a command and its exit code. Never throws: every failure becomes a sentence and a code.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArguments } from './arguments.ts';
import { EXIT, type ExitCode, UsageError } from './command.ts';
import { COMMANDS, type CommandEntry } from './commands.ts';
import { commandHelp, overviewHelp } from './help.ts';
import { packageRoot } from './package-root.ts';
import { reportError } from './report-error.ts';
import { suggestion } from './suggest.ts';
import { endQuietlyOnClosedPipe, systemTerminal, type Terminal } from './terminal.ts';
import { warehousePlace } from './warehouse-place.ts';

/** Runs one command line and gives its exit code. */
export async function runCli(args: readonly string[]): Promise<ExitCode> {
  endQuietlyOnClosedPipe();
  silenceExperimentalWarnings();
  const terminal = systemTerminal({ isJson: args.includes('--json') });
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    return reportError(error, terminal);
  } finally {
    terminal.progress('');
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name, ...rest] = args.filter((arg) => arg !== '--json');
  if (name === '--version' || name === 'version') return printVersion(terminal);
  if (name === undefined || name === 'help' || name === '--help' || name === '-h')
    return printHelp(rest[0], terminal, { isAsked: name !== undefined });
  const command = await findCommand(name).load();
  const { positionals, text, switches } = parseArguments(command, rest);
  if (switches.has('help')) return printHelp(command.name, terminal, { isAsked: true });
  const warehouse = warehousePlace({ warehouse: text['warehouse'], catalog: text['catalog'], uri: text['uri'] });
  return command.run({ positionals, text, switches, warehouse, isJson: terminal.isJson, terminal });
}

function findCommand(name: string): CommandEntry {
  const command = COMMANDS.find((known) => known.name === name);
  if (command !== undefined) return command;
  const known = COMMANDS.map((one) => one.name);
  throw new UsageError(`there is no command ${JSON.stringify(name)}${suggestion(name, known)}`, 'firn help');
}

async function printHelp(topic: string | undefined, terminal: Terminal, options: { readonly isAsked: boolean }): Promise<ExitCode> {
  const { style } = terminal;
  const entry = topic === undefined ? undefined : findCommand(topic);
  const text = entry === undefined ? overviewHelp(COMMANDS, style) : commandHelp(await entry.load(), { summary: entry.summary, style });
  if (terminal.isJson) terminal.json({ help: text });
  else if (options.isAsked) terminal.raw(`${text}\n`);
  else terminal.note(text);
  return options.isAsked ? EXIT.fine : EXIT.usage;
}

function printVersion(terminal: Terminal): ExitCode {
  const version = packageVersion();
  if (terminal.isJson) terminal.json({ version });
  else terminal.raw(`${version}\n`);
  return EXIT.fine;
}

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { readonly version: string };
  return version;
}

/** Node says of its SQLite that it is new; that is no news to the person. Other warnings stay. */
function silenceExperimentalWarnings(): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.name}: ${warning.message}\n`);
  });
}
