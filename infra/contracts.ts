// The contracts of a deployment: every `*.odcs.yaml` under the schemas folder, compiled with the field ids committed beside it.
// All findings of all files in one error.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CompiledContract } from '../src/contract/compiled.ts';
import { loadContract } from '../src/contract/load-contract.ts';

/** Sorted by name. Throws if a contract has errors or field ids that are not committed. */
export function loadContracts(root: string, schemas: string): readonly CompiledContract[] {
  const problems: string[] = [];
  const contracts: CompiledContract[] = [];
  const files = globSync('**/*.odcs.{yaml,yml,json}', { cwd: join(root, schemas) }).sort();
  for (const file of files) {
    const path = join(schemas, file);
    const ids = readIds(join(root, path).replace(/\.odcs\.(yaml|yml|json)$/, '.ids.json'));
    const result = loadContract(readFileSync(join(root, path), 'utf8'), {
      file: path,
      ...(ids === undefined ? {} : { ids }),
      assignIds: true,
    });
    if (!result.ok) {
      problems.push(
        ...result.findings.map((finding) => `${finding.file}:${finding.line}:${finding.column} ${finding.rule}: ${finding.message}`),
      );
    } else if (result.idsChanged) {
      problems.push(`${path}: field ids are not committed; run 'firn check --write-ids' and commit the .ids.json file`);
    } else {
      contracts.push(result.contract);
    }
  }
  if (problems.length > 0)
    throw new Error(`cannot synthesise: the contracts have ${problems.length} problem(s):\n  - ${problems.join('\n  - ')}`);
  return contracts.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function readIds(path: string) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}
