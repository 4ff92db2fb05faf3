// Code of all functions for one deployment, with its contracts compiled into data.
import { dirname } from 'node:path';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { CONTRACTS_FILE, type ContractsFile } from '../functions/shared/config.ts';
import type { CompiledContract } from '../src/contract/compiled.ts';
import { contractToJson } from '../src/contract/serialize.ts';
import { type Bundle, bundleFunction, writeBundle } from './bundle.ts';
import type { FunctionCode } from './constructs/firn-pipeline.ts';

/** Firn's own root: the sources in a checkout, the compiled files in the package. */
const OWN_ROOT = dirname(import.meta.dirname);

/** Bundles the functions; about a second each. A contract travels with its own land functions alone, so that changing one
 * contract deploys no other's. */
export function makeFunctionCode(contracts: readonly CompiledContract[], root: string = OWN_ROOT): FunctionCode {
  const land = bundleFunction({ root, name: 'land' });
  const codeOf = (bundle: Bundle, shipped: readonly CompiledContract[]) =>
    lambda.Code.fromAsset(writeBundle(bundle, shipped.length === 0 ? {} : { [CONTRACTS_FILE]: contractsText(shipped) }));
  return {
    land: new Map(contracts.map((contract) => [contract.name, codeOf(land, [contract])])),
    commit: codeOf(bundleFunction({ root, name: 'commit' }), []),
    watch: codeOf(bundleFunction({ root, name: 'watch' }), contracts),
    maintain: codeOf(bundleFunction({ root, name: 'maintain' }), []),
    recover: codeOf(bundleFunction({ root, name: 'recover' }), contracts),
    contractsFile: CONTRACTS_FILE,
  };
}

function contractsText(contracts: readonly CompiledContract[]): string {
  const sorted = [...contracts].sort((a, b) => (a.name < b.name ? -1 : 1));
  return JSON.stringify(Object.fromEntries(sorted.map((contract) => [contract.name, contractToJson(contract)])) satisfies ContractsFile);
}
