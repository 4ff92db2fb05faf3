// Aligned tables for people. Widths count code points of normal width and give wide ones (CJK, emoji) two cells.

export interface TableTextOptions {
  readonly alignRight?: readonly number[];
  readonly cellWidthMax?: number;
  readonly indent?: string;
}

/** Lines of a table with a header; cells are cut to the width with `…`. */
export function tableText(header: readonly string[], rows: readonly (readonly string[])[], options: TableTextOptions = {}): string[] {
  const cut = (text: string) => cutTo(oneLine(text), options.cellWidthMax ?? 60);
  const cells = [header, ...rows].map((row) => header.map((_, i) => cut(row[i] ?? '')));
  const widths = header.map((_, i) => Math.max(...cells.map((row) => textWidth(row[i]!))));
  const right = new Set(options.alignRight ?? []);
  const render = (row: readonly string[]) =>
    `${options.indent ?? ''}${row.map((cell, i) => pad(cell, widths[i]!, right.has(i))).join('  ')}`.trimEnd();
  const rule = (options.indent ?? '') + widths.map((width) => '─'.repeat(width)).join('  ');
  return [render(cells[0]!), rule, ...cells.slice(1).map(render)];
}

/** Cells of a terminal that a text takes. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{Mark}/u.test(character)) continue;
    width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

function pad(text: string, width: number, isRight: boolean): string {
  const space = ' '.repeat(width - textWidth(text));
  return isRight ? space + text : text + space;
}

function cutTo(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = '';
  for (const character of text) {
    if (textWidth(kept + character) >= width) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Control characters would move the cursor: data must not. */
function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (control) => CONTROL_NAMES[control] ?? '\ufffd');
}

const CONTROL_NAMES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** 1234567 → `1,234,567`. */
export function formatCount(value: number | bigint): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ',');
}

/** 1536 → `1.5 KiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${bytes} B` : `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** 93,000 → `1 min 33 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d`;
}
