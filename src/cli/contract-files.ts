// Contracts as files: finding one by path or name, reading it with its field ids. A broken contract is reported whole: every
// finding with its place.
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import type { CompiledContract } from '../contract/compiled.ts';
import { type FieldIdsFile, parseFieldIds } from '../contract/field-ids.ts';
import type { Finding } from '../contract/findings.ts';
import { LIMITS } from '../contract/limits.ts';
import { loadContract } from '../contract/load-contract.ts';
import { ContractError, InputRefusedError } from '../errors.ts';
import { systemCode } from '../local/io-errors.ts';
import { UsageError } from './command.ts';
import { suggestion } from './suggest.ts';

export const SCHEMAS_FOLDER = 'schemas';
const CONTRACT_FILE = /\.odcs\.(ya?ml|json)$/;

export interface ReadContract {
  readonly path: string;
  readonly idsPath: string;
  /** Undefined when the contract has errors. */
  readonly contract: CompiledContract | undefined;
  readonly ids: FieldIdsFile | undefined;
  readonly idsChanged: boolean;
  readonly findings: readonly Finding[];
}

/** Reads and compiles a contract; problems are findings, only an unreadable file throws. New fields get ids in memory only. */
export async function readContract(path: string): Promise<ReadContract> {
  const idsPath = path
    .replace(CONTRACT_FILE, '')
    .replace(/\.(ya?ml|json)$/, '')
    .concat('.ids.json');
  const text = await readText(path);
  const nothing = { path, idsPath, contract: undefined, ids: undefined, idsChanged: false };
  const known = existsSync(idsPath) ? parseFieldIds(await readText(idsPath), idsPath) : undefined;
  if (known && !known.ok) return { ...nothing, findings: known.findings };
  const loaded = loadContract(text, { file: path, assignIds: true, ...(known ? { ids: known.ids } : {}) });
  if (!loaded.ok) return { ...nothing, findings: loaded.findings };
  return { path, idsPath, contract: loaded.contract, ids: loaded.ids, idsChanged: loaded.idsChanged, findings: loaded.warnings };
}

/** The contract to land into: by path, or by a name under `schemas/`. Throws with all that is wrong with it. */
export async function requireContract(name: string): Promise<CompiledContract> {
  const path = await findContract(name);
  const { contract, findings, idsChanged, idsPath } = await readContract(path);
  if (contract === undefined) {
    const errors = findings.filter((finding) => finding.severity === 'error');
    throw new ContractError(`the contract ${path} is broken:\n${errors.map(findingLine).join('\n')}`, {
      code: 'contract-broken',
      details: { file: path },
    });
  }
  if (!idsChanged) return contract;
  throw new ContractError(
    `the contract ${path} has fields without an id: expected all of them in ${idsPath}; run firn check --write-ids ${path} and commit the file`,
    { code: 'field-ids-missing', details: { file: path } },
  );
}

/** One finding in one line, as compilers print it. */
export function findingLine(finding: Finding): string {
  const remedy = finding.remedy === '' ? '' : ` → ${finding.remedy}`;
  return `${finding.file}:${finding.line}:${finding.column} ${finding.severity} ${finding.rule}: ${finding.message}${remedy}`;
}

async function findContract(name: string): Promise<string> {
  const found = await stat(name).catch(() => undefined);
  if (found?.isFile()) return name;
  if (found?.isDirectory()) return onlyOne(await contractFiles(name), name);
  const looksLikePath = /[/\\]/.test(name) || /\.(ya?ml|json)$/.test(name);
  const all = existsSync(SCHEMAS_FOLDER) ? await contractFiles(SCHEMAS_FOLDER) : [];
  const matching = all.filter((path) => namesOf(path).includes(name));
  if (matching.length > 0) return onlyOne(matching, name);
  if (looksLikePath && all.length === 0) {
    throw new InputRefusedError(`cannot read the contract ${name}: there is no such file; check the path`, {
      code: 'contract-missing',
      details: { file: name },
    });
  }
  const known = all.flatMap((path) => namesOf(path).slice(0, 1));
  const list = known.length === 0 ? `there are none under ./${SCHEMAS_FOLDER}` : `known are ${known.slice(0, 20).join(', ')}`;
  throw new InputRefusedError(
    `there is no contract ${name}${suggestion(name, all.flatMap(namesOf))}: ${list}; name a file, or one under ./${SCHEMAS_FOLDER}`,
    {
      code: 'contract-missing',
      details: { file: name },
    },
  );
}

function onlyOne(paths: readonly string[], name: string): string {
  if (paths.length === 1) return paths[0]!;
  if (paths.length === 0) throw new UsageError(`there is no contract (*.odcs.yaml) in ${name}`, 'give the path of one');
  throw new UsageError(`several contracts are meant by ${name}: ${paths.join(', ')}`, 'give the path of one');
}

/** `aviation/flights`, `aviation.flights`, `flights`. */
function namesOf(path: string): string[] {
  const dataset = basename(path).replace(CONTRACT_FILE, '');
  const product = basename(dirname(path));
  return [`${product}/${dataset}`, `${product}.${dataset}`, dataset];
}

/** Contracts in a folder and its folders, in order. */
export async function contractFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile() && CONTRACT_FILE.test(entry.name)) files.push(relative('.', join(entry.parentPath, entry.name)));
  }
  return files.sort();
}

async function readText(path: string): Promise<string> {
  const problem = async (): Promise<string | Buffer> => {
    const stats = await stat(path);
    if (!stats.isFile()) return 'it is not a regular file';
    if (stats.size > LIMITS.contractBytesMax) return `it has ${stats.size} bytes, at most ${LIMITS.contractBytesMax} are read`;
    return readFile(path);
  };
  const read = await problem().catch((error: unknown) => `it cannot be read (${systemCode(error) || String(error)})`);
  // Bytes that are no UTF-8 become U+FFFD, which the reader of contracts finds and names with its line.
  if (typeof read !== 'string') return read.toString('utf8');
  throw new InputRefusedError(`cannot read ${path}: ${read}; check the path`, { code: 'contract-unreadable', details: { file: path } });
}
