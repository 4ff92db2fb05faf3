// A properties file as Kafka's own clients read it: `key=value` lines, `#` and `!` comments, `\` at the end goes on, `${env:NAME}`
// takes a value from the environment (Kafka's EnvVarConfigProvider). So credentials never stand on a command line. Pure but for the
// environment it is given. Source: java.util.Properties, "load"; KIP-887.
import { InputRefusedError } from '../../errors.ts';

/** Throws InputRefusedError, naming the line or the variable and never a value. */
export function parseProperties(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
  file: string,
): ReadonlyMap<string, string> {
  const properties = new Map<string, string>();
  const lines = text.split(/\r?\n/);
  for (let i = 0; i < lines.length; i++) {
    const number = i + 1;
    let line = lines[i]!.trimStart();
    if (line === '' || line.startsWith('#') || line.startsWith('!')) continue;
    while (/(^|[^\\])(\\\\)*\\$/.test(line) && i + 1 < lines.length) line = line.slice(0, -1) + lines[++i]!.trimStart();
    const match = /^([A-Za-z0-9._-]+)\s*[=: ]\s*(.*)$/.exec(line);
    if (!match) throw refused(`line ${number} of ${file} is no property: expected key=value`);
    const [, key, raw] = match as unknown as [string, string, string];
    if (properties.has(key)) throw refused(`line ${number} of ${file} repeats ${key}`);
    properties.set(key, substitute(raw.replace(/\\(.)/g, '$1').trimEnd(), environment, `${key} in line ${number} of ${file}`));
  }
  return properties;
}

function substitute(value: string, environment: Readonly<Record<string, string | undefined>>, where: string): string {
  return value.replace(/\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g, (_whole, name: string) => {
    const found = environment[name];
    if (found === undefined || found === '') throw refused(`${where} asks for the environment variable ${name}, which is not set`);
    return found;
  });
}

function refused(message: string): InputRefusedError {
  return new InputRefusedError(message, { code: 'kafka-config' });
}
