// The files of a landing: arguments (files and folders) → files with the names their records are counted under. A name is the
// path relative to the arguments' common folder (DESIGN §5.7), so it does not depend on where the folder lies or how many files
// are in it. Hidden files and what is no regular file are left out of folders.
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { LIMITS } from '../contract/limits.ts';
import { InputRefusedError } from '../errors.ts';
import { systemCode } from '../local/io-errors.ts';
import { UsageError } from './command.ts';

export interface InputFile {
  readonly path: string;
  /** Source name in `events`. */
  readonly sourceName: string;
}

/** Files in order of their names; throws for what does not exist, for an empty folder and for two files of one name. */
export async function findInputs(args: readonly string[], options: { readonly sourceName: string | undefined }): Promise<InputFile[]> {
  const found: string[] = [];
  const folders: string[] = [];
  for (const arg of args) {
    const isFolder = await isDirectory(arg);
    folders.push(resolve(isFolder ? arg : dirname(resolve(arg))));
    const files = isFolder ? await filesIn(resolve(arg)) : [resolve(arg)];
    if (files.length === 0) {
      throw new InputRefusedError(`nothing to land in ${arg}: the folder has no files; give files, or a folder that has some`, {
        code: 'empty-folder',
        details: { file: arg },
      });
    }
    found.push(...files);
  }
  const paths = [...new Set(found)].sort();
  if (options.sourceName !== undefined) return [namedInput(paths, options.sourceName)];
  const common = commonFolder(folders);
  return paths.map((path) => ({ path, sourceName: checkName(relative(common, path).split(sep).join('/') || basename(path), path) }));
}

function namedInput(paths: readonly string[], sourceName: string): InputFile {
  if (paths.length !== 1) {
    throw new UsageError(
      `--source names one input, got ${paths.length}: under one name the lines of several files would be told apart by nothing`,
      'land them one by one, each with its own --source, or without --source',
    );
  }
  return { path: paths[0]!, sourceName: checkName(sourceName, paths[0]!) };
}

/** A name becomes a part of ledger keys and a column: bounded, printable. */
function checkName(name: string, path: string): string {
  const isFine = name.length > 0 && Buffer.byteLength(name) <= LIMITS.sourceNameBytesMax && !/[\u0000-\u001f\u007f\ufffd]/.test(name);
  if (isFine) return name;
  throw new InputRefusedError(
    `cannot use the name of ${JSON.stringify(path)}: expected 1 to ${LIMITS.sourceNameBytesMax} bytes without control characters; give it one with --source`,
    { code: 'bad-source-name', details: { file: path } },
  );
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    const code = systemCode(error);
    const problem = code === 'ENOENT' || code === 'ENOTDIR' ? 'there is no such file or folder' : `it cannot be read (${code})`;
    throw new InputRefusedError(`cannot read ${path}: ${problem}; check the path`, {
      code: 'input-unreadable',
      details: { file: path },
      cause: error,
    });
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const files: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new InputRefusedError(`cannot read the folder ${folder} (${systemCode(error)}); check its permissions`, {
      code: 'input-unreadable',
      details: { file: folder },
      cause: error,
    });
  });
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(await filesIn(path)));
    else if (entry.isFile() || (entry.isSymbolicLink() && (await stat(path).catch(() => undefined))?.isFile())) files.push(path);
    if (files.length > LIMITS.inputFilesMax) {
      throw new InputRefusedError(`too many files in ${folder}: at most ${LIMITS.inputFilesMax} at once; land its folders one by one`, {
        code: 'too-many-files',
        details: { file: folder },
      });
    }
  }
  return files;
}

function commonFolder(folders: readonly string[]): string {
  let common = folders[0]!.split(sep);
  for (const folder of folders.slice(1)) {
    const parts = folder.split(sep);
    const differs = common.findIndex((part, i) => part !== parts[i]);
    if (differs >= 0) common = common.slice(0, differs);
  }
  return common.join(sep) || sep;
}
