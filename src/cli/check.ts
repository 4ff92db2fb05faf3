// `firn check`: contracts against the standard, their types and rules, each other, and the tables that are deployed. Exit 1 when
// something is wrong. Field ids are written only when asked, because they are committed.
import { existsSync } from 'node:fs';
import { rename, stat, writeFile } from 'node:fs/promises';
import type { CompiledContract } from '../contract/compiled.ts';
import { formatFieldIds } from '../contract/field-ids.ts';
import type { Finding } from '../contract/findings.ts';
import { tableKey } from '../contract/names.ts';
import { InputRefusedError } from '../errors.ts';
import { ioError } from '../local/io-errors.ts';
import type { Ports } from '../ports.ts';
import { compareWithDeployed, type Deployed } from './check-deployed.ts';
import { type CheckedProduct, checkProducts } from './check-products.ts';
import { type Command, EXIT, type ExitCode, type Invocation } from './command.ts';
import { contractFiles, findingLine, type ReadContract, readContract, SCHEMAS_FOLDER } from './contract-files.ts';
import type { Terminal } from './terminal.ts';
import { findWarehouse } from './warehouse.ts';

export const checkCommand: Command = {
  name: 'check',
  usage: '[PATH…] [--write-ids]',
  positionalsMin: 0,
  positionalsMax: Number.MAX_SAFE_INTEGER,
  options: { 'write-ids': { type: 'boolean', summary: 'give new fields their ids and write them to <dataset>.ids.json' } },
  examples: [
    ['check', 'every contract under ./schemas'],
    ['check schemas/game/access-events.odcs.yaml', 'one contract'],
    ['check --write-ids', 'after adding a field; commit the changed .ids.json'],
    ['check --warehouse /data/lake', 'also against the tables of that warehouse'],
    ['check --catalog glue --warehouse s3://bucket/lake', 'also against the tables that Glue catalogues'],
  ],
  run: runCheck,
};

interface Checked extends ReadContract {
  readonly deployed: readonly Deployed[];
  readonly idsWritten: boolean;
}

async function runCheck({ positionals, switches, warehouse, terminal }: Invocation): Promise<ExitCode> {
  const paths = await findContracts(positionals);
  const read: ReadContract[] = [];
  for (const path of paths) read.push(await readContract(path));
  const clashes = clashesOf(read);
  const ports = await findWarehouse(warehouse);
  const checked: Checked[] = [];
  for (const one of read)
    checked.push(await checkOne(one, { ports, clashes: clashes.get(one.path) ?? [], isWriting: switches.has('write-ids') }));
  // Only whole folders are asked for their product: one contract of several proves nothing about its header.
  const isWhole = positionals.length === 0 || positionals.every((path) => !paths.includes(path));
  const products = isWhole ? await checkProducts(read.map(({ path, contract }) => ({ path, urn: contract?.urn }))) : [];
  const isFine = [...checked, ...products].every(({ findings }) => findings.every((finding) => finding.severity !== 'error'));
  if (terminal.isJson) terminal.json({ ok: isFine, contracts: checked.map(jsonOf), products });
  else print(terminal, checked, products);
  return isFine ? EXIT.fine : EXIT.no;
}

async function findContracts(args: readonly string[]): Promise<string[]> {
  if (args.length === 0 && !existsSync(SCHEMAS_FOLDER)) {
    throw new InputRefusedError(`there are no contracts to check: expected a folder ./${SCHEMAS_FOLDER}; name files or folders`, {
      code: 'contract-missing',
    });
  }
  const paths: string[] = [];
  for (const arg of args.length === 0 ? [SCHEMAS_FOLDER] : args) {
    const found = await stat(arg).catch((error: unknown) => {
      throw ioErrorOf(arg, error);
    });
    const files = found.isDirectory() ? await contractFiles(arg) : [arg];
    if (files.length === 0)
      throw new InputRefusedError(`there are no contracts (*.odcs.yaml) in ${arg}; name files or folders that have some`, {
        code: 'contract-missing',
      });
    paths.push(...files);
  }
  return [...new Set(paths)];
}

function ioErrorOf(path: string, error: unknown) {
  const isMissing = (error as { code?: string }).code === 'ENOENT';
  if (isMissing)
    return new InputRefusedError(`cannot read ${path}: there is no such file or folder; check the path`, {
      code: 'contract-missing',
      details: { file: path },
    });
  return ioError(error, 'read', path);
}

async function checkOne(
  one: ReadContract,
  options: { readonly ports: Ports | undefined; readonly clashes: readonly Finding[]; readonly isWriting: boolean },
): Promise<Checked> {
  const { ports } = options;
  const deployed = one.contract === undefined || ports === undefined ? [] : await compareWithDeployed(ports, one.contract);
  const findings = [...one.findings, ...options.clashes, ...deployed.flatMap(({ finding }) => (finding ? [finding] : []))];
  if (!one.idsChanged) return { ...one, findings, deployed, idsWritten: false };
  const isBroken = findings.some((finding) => finding.severity === 'error');
  if (options.isWriting && !isBroken) {
    await writeIds(one);
    return { ...one, findings, deployed, idsWritten: true };
  }
  const missing: Finding = {
    severity: 'error',
    file: one.idsPath,
    line: 1,
    column: 1,
    rule: 'field-ids',
    path: '',
    message: existsSync(one.idsPath) ? 'the fields of the contract and their ids differ' : 'the fields of the contract have no ids yet',
    remedy: 'run firn check --write-ids and commit the file',
  };
  return { ...one, findings: [...findings, missing], deployed, idsWritten: false };
}

/** Whole or not at all: ids are what ties old data to its columns. */
async function writeIds({ idsPath, ids }: ReadContract): Promise<void> {
  const temporary = `${idsPath}.tmp-${process.pid}`;
  try {
    await writeFile(temporary, formatFieldIds(ids!), { flag: 'wx', flush: true });
    await rename(temporary, idsPath);
  } catch (error) {
    throw ioError(error, 'write', idsPath);
  }
}

/** Two contracts of one name would share a ledger, two of one table fight over it. */
function clashesOf(read: readonly ReadContract[]): ReadonlyMap<string, readonly Finding[]> {
  const owners = new Map<string, string>();
  const clashes = new Map<string, Finding[]>();
  for (const { path, contract } of read) {
    if (contract === undefined) continue;
    for (const claim of claimsOf(contract)) {
      const owner = owners.get(claim);
      if (owner === undefined) owners.set(claim, path);
      else {
        const message = `${claim} is already that of ${owner}`;
        const finding = {
          severity: 'error',
          file: path,
          line: 1,
          column: 1,
          rule: 'clash',
          path: '',
          message,
          remedy: 'give one of them another name',
        } as const;
        clashes.set(path, [...(clashes.get(path) ?? []), finding]);
      }
    }
  }
  return clashes;
}

function claimsOf(contract: CompiledContract): string[] {
  return [
    `the contract name ${contract.name}`,
    `the id ${contract.urn}`,
    ...contract.tables.map(({ identifier }) => `the table ${tableKey(identifier)}`),
  ];
}

function jsonOf({ path, contract, findings, deployed, idsPath, idsWritten }: Checked) {
  return {
    file: path,
    name: contract?.name,
    version: contract?.version,
    tables: contract?.tables.map(({ identifier }) => tableKey(identifier)),
    ok: findings.every((finding) => finding.severity !== 'error'),
    idsFile: idsPath,
    idsWritten,
    findings,
    deployed: deployed.map(({ table, state, message }) => ({ table, state, message })),
  };
}

function print(terminal: Terminal, checked: readonly Checked[], products: readonly CheckedProduct[]): void {
  const { style } = terminal;
  let errors = 0;
  let warnings = 0;
  for (const one of checked) {
    const own = one.findings.filter((finding) => finding.severity === 'error').length;
    errors += own;
    warnings += one.findings.length - own;
    const what = one.contract === undefined ? '' : `${one.contract.name} ${one.contract.version}`;
    terminal.line(`${own > 0 ? style.bad('✗') : style.good('✓')} ${one.path}  ${style.dim(what)}`);
    for (const finding of one.findings) terminal.line(`  ${findingLine(finding)}`);
    for (const { table, state, message } of one.deployed) {
      if (state !== 'refused') terminal.line(`  ${style.dim(`${table}: ${message}`)}`);
    }
    if (one.idsWritten) terminal.line(`  wrote ${one.idsPath}; commit it`);
  }
  for (const { path, findings } of products) {
    const own = findings.filter((finding) => finding.severity === 'error').length;
    errors += own;
    warnings += findings.length - own;
    terminal.line(`${own > 0 ? style.bad('✗') : style.good('✓')} ${path}`);
    for (const finding of findings) terminal.line(`  ${findingLine(finding)}`);
  }
  terminal.line(
    `${checked.length} contract${checked.length === 1 ? '' : 's'}, ${errors} error${errors === 1 ? '' : 's'}, ${warnings} warning${warnings === 1 ? '' : 's'}`,
  );
}
