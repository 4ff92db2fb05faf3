// Our contracts against the standard's own JSON Schema: every tool that reads the standard reads them.
// `node test/interop/odcs.ts SCHEMA.json FOLDER...` ends with `odcs: N passed, N failed`.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { makeChecks, must } from './checks.ts';

const [schemaFile, ...folders] = process.argv.slice(2);
must(schemaFile && folders.length > 0, 'usage: odcs.ts SCHEMA.json FOLDER...');
const ajv = new Ajv2019({ strict: false, allErrors: true });
addFormats.default(ajv);
const validate = ajv.compile(JSON.parse(readFileSync(schemaFile, 'utf8')) as object);
const checks = makeChecks();
const files = folders.flatMap((folder) => globSync('**/*.odcs.yaml', { cwd: folder }).map((file) => join(folder, file)));
for (const file of files.sort()) {
  await checks.check(`${file} is valid by the standard's schema`, () => {
    const isValid = validate(parse(readFileSync(file, 'utf8')));
    must(isValid, (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`).join('\n'));
  });
}
process.stdout.write(`odcs: ${checks.passed} passed, ${checks.failed} failed\n`);
process.exitCode = checks.failed > 0 || files.length === 0 ? 1 : 0;
