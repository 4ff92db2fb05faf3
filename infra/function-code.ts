// Code of all functions for one deployment, with its contracts compiled into data.
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { CONTRACTS_FILE, type ContractsFile } from '../functions/shared/config.ts';
import type { CompiledContract } from '../src/contract/compiled.ts';
import { contractToJson } from '../src/contract/serialize.ts';
import { bundleFunction } from './bundle.ts';
import type { FunctionCode } from './constructs/firn-pipeline.ts';

/** Bundles the three functions; about a second each. */
export function makeFunctionCode(root: string, contracts: readonly CompiledContract[]): FunctionCode {
  const files = { [CONTRACTS_FILE]: contractsText(contracts) };
  return {
    land: lambda.Code.fromAsset(bundleFunction({ root, name: 'land', files }).directory),
    commit: lambda.Code.fromAsset(bundleFunction({ root, name: 'commit' }).directory),
    watch: lambda.Code.fromAsset(bundleFunction({ root, name: 'watch', files }).directory),
    contractsFile: CONTRACTS_FILE,
  };
}

function contractsText(contracts: readonly CompiledContract[]): string {
  const sorted = [...contracts].sort((a, b) => (a.name < b.name ? -1 : 1));
  return JSON.stringify(Object.fromEntries(sorted.map((contract) => [contract.name, contractToJson(contract)])) satisfies ContractsFile);
}
