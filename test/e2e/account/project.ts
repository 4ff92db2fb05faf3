// The project of a run on an account where others live: the repository's own stacks, with the game's contracts under names that belong to
// this run alone (stacks, consumer groups, Glue database, topics).
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeProject, type Project } from '../project.ts';
import type { Scope } from '../scope.ts';
import type { AccountRequest } from './request.ts';

const CONTRACTS = ['game/game-events.odcs.yaml', 'game/access-events.odcs.yaml'];
const KEPT = new Set(CONTRACTS.flatMap((name) => [name, name.replace('.odcs.yaml', '.ids.json')]));

/** `run` is some letters and digits of its own. */
export function scopeOf(run: string): Scope {
  return { environment: `e2e-${run}`, namespace: `firn_e2e_${run}`, topicPrefix: `firn-e2e-${run}.` };
}

export interface AccountProjectOptions {
  readonly root: string;
  readonly scope: Scope;
  readonly request: AccountRequest;
  readonly environment: Readonly<Record<string, string>>;
}

export function makeAccountProject({ root, scope, request, environment }: AccountProjectOptions): Project {
  const project = makeProject({ root, environment, config: configText(scope, request) });
  for (const entry of readdirSync(join(root, 'schemas'), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !KEPT.has(path.slice(join(root, 'schemas/').length))) rmSync(path);
  }
  for (const name of CONTRACTS) project.edit(name, (text) => renamed(text, scope));
  return project;
}

/** `domain: game` names the Glue database, `topic: …` the topic. */
function renamed(text: string, { namespace, topicPrefix }: Scope): string {
  return text
    .replace(/^domain: game$/m, `domain: ${namespace}`)
    .replace(/topic: ([\w.-]+)/, (_whole, topic: string) => `topic: ${topicPrefix}${topic}`);
}

function configText({ environment }: Scope, { account, region, clusterArn, authentication }: AccountRequest): string {
  const config = { environment, account, region, kafka: { kind: 'msk', clusterArn, authentication: { kind: authentication } } };
  return `// Written for one end-to-end run.
import type { FirnConfig } from './infra/config.ts';

const config: FirnConfig = ${JSON.stringify(config, undefined, 2)};
export default config;
`;
}
