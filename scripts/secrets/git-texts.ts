// The texts of a git repository: what it holds now, and everything it ever held on any branch, with the messages of its commits.
// A secret that was committed and removed is still in every clone, so the history counts as much as the tree. Each content is
// given once, under the first path it had.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface NamedText {
  readonly path: string;
  readonly text: string;
}

/** Larger objects are data sets, not places for a forgotten secret; binary ones neither. */
const TEXT_BYTES_MAX = 2 * 1024 * 1024;
const OUTPUT_BYTES_MAX = 1024 * 1024 * 1024;

/** Files git knows or would add. */
export function treeTexts(repository: string): readonly NamedText[] {
  const paths = git(repository, ['ls-files', '--cached', '--others', '--exclude-standard', '-z']).toString('utf8').split('\0');
  return paths.flatMap((path) => {
    const file = join(repository, path);
    if (path === '' || !existsSync(file) || !statSync(file).isFile() || statSync(file).size > TEXT_BYTES_MAX) return [];
    const text = textOf(readFileSync(file));
    return text === undefined ? [] : [{ path, text }];
  });
}

/** Every version of every file in reach of any branch or tag, and every commit message. */
export function historyTexts(repository: string): readonly NamedText[] {
  const paths = new Map<string, string>();
  for (const line of git(repository, ['rev-list', '--objects', '--all']).toString('utf8').split('\n')) {
    const [id, path] = [line.slice(0, 40), line.slice(41)];
    if (path !== '' && !paths.has(id)) paths.set(id, path);
  }
  const messages = git(repository, ['log', '--all', '--format=%H%x00%B%x00%x00']).toString('utf8').split('\0\0\n');
  const committed = messages.flatMap((entry) => {
    const [id, text] = entry.split('\0');
    return text === undefined ? [] : [{ path: `commit ${id!.slice(0, 12)}`, text }];
  });
  return [...committed, ...blobs(repository, paths)];
}

/** Is there more history than this clone has? */
export function isShallow(repository: string): boolean {
  return git(repository, ['rev-parse', '--is-shallow-repository']).toString('utf8').trim() === 'true';
}

/** One process for all: `<id> <type> <size>\n<bytes>\n` each. */
function blobs(repository: string, paths: ReadonlyMap<string, string>): readonly NamedText[] {
  const asked = git(repository, ['cat-file', '--batch-check'], `${[...paths.keys()].join('\n')}\n`).toString('utf8');
  const wanted = asked.split('\n').flatMap((line) => {
    const [id, type, size] = line.split(' ');
    return type === 'blob' && Number(size) <= TEXT_BYTES_MAX ? [id!] : [];
  });
  const answer = git(repository, ['cat-file', '--batch'], wanted.map((id) => `${id}\n`).join(''));
  const texts: NamedText[] = [];
  for (let at = 0; at < answer.length; ) {
    const end = answer.indexOf(0x0a, at);
    const [id, , size] = answer.toString('latin1', at, end).split(' ');
    const text = textOf(answer.subarray(end + 1, end + 1 + Number(size)));
    if (text !== undefined) texts.push({ path: paths.get(id!)!, text });
    at = end + 1 + Number(size) + 1;
  }
  return texts;
}

function textOf(bytes: Buffer): string | undefined {
  return bytes.subarray(0, 8_192).includes(0) ? undefined : bytes.toString('utf8');
}

function git(repository: string, args: readonly string[], input?: string): Buffer {
  return execFileSync('git', args, { cwd: repository, maxBuffer: OUTPUT_BYTES_MAX, ...(input === undefined ? {} : { input }) });
}
