// The CDK app: firn.config.ts and the contracts under schemas/ → cdk.out. Offline and without credentials.
import { dirname } from 'node:path';
import config from '../firn.config.ts';
import { buildApp } from './build-app.ts';
import { loadContracts } from './contracts.ts';
import { makeFunctionCode } from './function-code.ts';

const root = dirname(import.meta.dirname);
const contracts = loadContracts(root, config.schemas ?? 'schemas');
buildApp({ config, contracts, code: makeFunctionCode(contracts) }).app.synth();
