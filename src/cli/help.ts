// Help: made from the commands' own data, so that it cannot disagree with them.
import { COMMON_OPTIONS, type Command, type OptionSpec } from './command.ts';
import type { CommandEntry } from './commands.ts';
import type { Style } from './terminal.ts';

/** `firn help`: every command in a line. */
export function overviewHelp(commands: readonly CommandEntry[], style: Style): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    `${style.bold('firn')} — Kafka topics and files into Iceberg tables, exactly once, every record accounted for`,
    '',
    `${style.bold('usage')}  firn <command> [--warehouse DIR | --catalog glue --warehouse s3://BUCKET/PREFIX] [--json]`,
    '',
    ...commands.map(({ name, summary }) => `  ${style.bold(name.padEnd(width))}  ${summary}`),
    `  ${style.bold('help'.padEnd(width))}  explain a command: firn help land`,
    '',
    'Try it: firn demo. Exit codes: 0 fine, 1 the answer is "no", 2 used wrongly, 3 could not be done.',
    'AWS region, credentials and endpoint are those of the AWS SDK: AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL and so on.',
    'FIRN_DEBUG=1 adds stack traces and a log on standard error.',
  ].join('\n');
}

/** `firn help land`. */
export function commandHelp(command: Command, given: { readonly summary: string; readonly style: Style }): string {
  const { style } = given;
  const options = Object.entries({ ...command.options, ...COMMON_OPTIONS });
  const width = Math.max(...options.map(([name, spec]) => optionText(name, spec).length));
  const lineWidth = Math.max(...command.examples.map(([line]) => line.length));
  return [
    `${style.bold(`firn ${command.name}`)} — ${given.summary}`,
    '',
    `${style.bold('usage')}  firn ${[command.name, command.usage].join(' ').trim()}`,
    '',
    ...options.map(([name, spec]) => `  ${optionText(name, spec).padEnd(width)}  ${spec.summary}`),
    '',
    style.bold('examples'),
    ...command.examples.map(([line, does]) => `  firn ${line.padEnd(lineWidth)}  ${style.dim(`# ${does}`)}`),
    ...(command.notes ?? []).flatMap((note) => ['', note]),
  ].join('\n');
}

function optionText(name: string, spec: OptionSpec): string {
  return `--${name}${spec.type === 'string' ? ` ${spec.value ?? 'VALUE'}` : ''}`;
}
