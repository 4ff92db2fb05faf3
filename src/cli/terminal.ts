// Where the command writes: results to standard output, progress and complaints to standard error. Colour and progress only for
// a person at a terminal; NO_COLOR is honoured (no-color.org). A reader that goes away (`| head`) ends the output quietly.

export interface Terminal {
  /** A result for people; nothing with --json. */
  line(text?: string): void;
  /** A result as it is, in every mode. */
  raw(text: string): void;
  /** The one JSON document of --json. */
  json(value: unknown): void;
  /** A word to the person, on standard error. */
  note(text: string): void;
  /** Replaces the progress line; only at a terminal. */
  progress(text: string): void;
  readonly isJson: boolean;
  readonly style: Style;
  readonly width: number;
}

export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
}

/** The process's own terminal. */
export function systemTerminal(options: { readonly isJson: boolean }): Terminal {
  const { stdout, stderr } = process;
  const isColoured = Boolean(stdout.isTTY) && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
  let hasProgress = false;
  const clearProgress = () => {
    if (hasProgress) stderr.write('\r\u001b[K');
    hasProgress = false;
  };
  const print = (text: string) => {
    clearProgress();
    stdout.write(text);
  };
  return {
    isJson: options.isJson,
    style: makeStyle(isColoured),
    width: stdout.isTTY ? stdout.columns : 140,
    line: (text = '') => {
      if (!options.isJson) print(`${text}\n`);
    },
    raw: print,
    json: (value) => print(`${formatJson(value)}\n`),
    note: (text) => {
      clearProgress();
      stderr.write(`${text}\n`);
    },
    progress: (text) => {
      if (!stderr.isTTY) return;
      stderr.write(`\r\u001b[K${text.slice(0, Math.max(20, stderr.columns - 1))}`);
      hasProgress = text !== '';
    },
  };
}

/** Ends quietly when the reader of the output has gone, as every filter does. */
export function endQuietlyOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      process.stderr.write(`firn: cannot write its output: ${error.code ?? error.message}\n`);
      process.exit(3);
    });
  }
}

/** JSON with 64-bit integers as exact numbers, Map as object, bytes as base64. */
export function formatJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, cell: unknown) => {
      if (typeof cell === 'bigint') return rawJson(cell.toString());
      if (cell instanceof Map) return Object.fromEntries(cell);
      if (cell instanceof Uint8Array) return Buffer.from(cell).toString('base64');
      return cell;
    },
    2,
  );
}

/** A number with all its digits, where JSON has no limit but JavaScript has. */
export function rawJson(text: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);
}

function makeStyle(isColoured: boolean): Style {
  const paint = (code: number) => (text: string) => (isColoured ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { bold: paint(1), dim: paint(2), good: paint(32), bad: paint(31), warn: paint(33) };
}
