// The compiled contracts that travel beside the bundle: one JSON file, contract name → serialised contract, written by infra.
// Nothing of the contract compiler (YAML, schemas) is loaded at run time.
import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { CompiledContract } from '../../src/contract/compiled.ts';
import { contractFromJson } from '../../src/contract/serialize.ts';
import { ContractError } from '../../src/errors.ts';
import type { ContractsFile } from './config.ts';

/** One contract of the file; a relative path is beside the bundle. */
export function loadDeployedContract(file: string, name: string): CompiledContract {
  const text = readContracts(file)[name];
  if (text !== undefined) return contractFromJson(text);
  throw new ContractError(`contract ${name} is not deployed: expected it in ${file}; deploy the stack again`, { code: 'not-deployed' });
}

/** Names in the file, sorted. */
export function deployedContractNames(file: string): readonly string[] {
  return Object.keys(readContracts(file)).sort();
}

function readContracts(file: string): ContractsFile {
  const path = isAbsolute(file) ? file : join(import.meta.dirname, file);
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ContractsFile;
  } catch (cause) {
    throw new ContractError(`the deployed contracts cannot be read: expected JSON in ${file}; deploy the stack again`, {
      code: 'not-deployed',
      cause,
    });
  }
}
