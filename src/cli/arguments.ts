// Command lines → invocations. Stricter and more helpful than parseArgs alone: every mistake names what was meant and where the
// help is. Pure.
import { parseArgs } from 'node:util';
import { COMMON_OPTIONS, type Command, type OptionSpec, UsageError } from './command.ts';
import { suggestion } from './suggest.ts';

export interface ParsedArguments {
  readonly positionals: readonly string[];
  readonly text: Readonly<Record<string, string>>;
  readonly switches: ReadonlySet<string>;
}

/** Checks the arguments of a command; throws UsageError for the first mistake. */
export function parseArguments(command: Command, args: readonly string[]): ParsedArguments {
  const specs = { ...COMMON_OPTIONS, ...command.options };
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: {
      ...Object.fromEntries(Object.entries(specs).map(([name, { type }]) => [name, { type }])),
      help: { type: 'boolean', short: 'h' },
    },
  });
  const positionals: string[] = [];
  const text: Record<string, string> = {};
  const switches = new Set<string>();
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const value = checkOption(command, specs, token);
    if (value === undefined) switches.add(token.name);
    else text[token.name] = value;
  }
  if (!switches.has('help')) checkPositionals(command, positionals);
  return { positionals, text, switches };
}

function checkOption(
  command: Command,
  specs: Readonly<Record<string, OptionSpec>>,
  token: { readonly name: string; readonly rawName: string; readonly value: string | undefined },
): string | undefined {
  const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined;
  if (spec === undefined) {
    const known = Object.keys(specs).map((name) => `--${name}`);
    throw new UsageError(`firn ${command.name} has no option ${token.rawName}${suggestion(token.rawName, known)}`, helpRemedy(command));
  }
  if (spec.type === 'boolean') {
    if (token.value !== undefined) throw new UsageError(`${token.rawName} takes no value`, helpRemedy(command));
    return undefined;
  }
  // An option in place of the value is more likely a forgotten value than a value that looks like an option; an empty one is a
  // shell variable that is not set, and as --warehouse it would mean the current folder.
  if (token.value === undefined || token.value === '' || (token.value.startsWith('--') && token.value.length > 2)) {
    throw new UsageError(`${token.rawName} needs a value: ${token.rawName} ${spec.value ?? 'VALUE'}`, helpRemedy(command));
  }
  if (spec.choices && !spec.choices.includes(token.value)) {
    const expected = spec.choices.join(', ');
    throw new UsageError(
      `${token.rawName} must be one of ${expected}; got ${JSON.stringify(token.value)}${suggestion(token.value, spec.choices)}`,
      helpRemedy(command),
    );
  }
  return token.value;
}

function checkPositionals(command: Command, positionals: readonly string[]): void {
  if (positionals.length < command.positionalsMin) {
    throw new UsageError(`firn ${command.name} needs more: firn ${command.name} ${command.usage}`, helpRemedy(command));
  }
  if (positionals.length > command.positionalsMax) {
    const extra = positionals.slice(command.positionalsMax).map((value) => JSON.stringify(value));
    throw new UsageError(`firn ${command.name} takes no ${extra.join(' ')}: firn ${command.name} ${command.usage}`, helpRemedy(command));
  }
}

function helpRemedy(command: Command): string {
  return `firn help ${command.name}`;
}
