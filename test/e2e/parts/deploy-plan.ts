// `firn deploy-plan --aws` as an operator runs it before a deployment: it asks CloudFormation what is deployed, names the change that is
// about to be made and lets it pass; a change that would lose records is refused, and nothing of it is deployed.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must } from '../../interop/checks.ts';
import { runChild } from '../processes.ts';
import { REPOSITORY } from '../project.ts';
import { stackPrefix } from '../scope.ts';
import type { World } from '../world.ts';

interface Planned {
  readonly ok: boolean;
  readonly first: boolean;
  readonly effects: readonly { readonly severity: string; readonly rule: string; readonly about: string; readonly message: string }[];
}

/** The project holds a changed contract that is not deployed yet. */
export async function planDeployment(world: World): Promise<void> {
  const { checks, project, game } = world;
  await project.cdk('synth', '--all', '--quiet');
  await checks.check('firn deploy-plan names the changed contract as compatible and loses nothing', async () => {
    const { status, plan } = await deployPlan(world, join(project.root, 'cdk.out'));
    say(plan);
    must(status === 0 && plan.ok && !plan.first, `expected nothing refused of a second deployment, got ${JSON.stringify(plan)}`);
    const named = plan.effects.filter(({ about }) => about.startsWith(game.contract));
    must(named.length > 0, `expected ${game.contract} to be named, got ${JSON.stringify(plan.effects)}`);
    must(
      plan.effects.every(({ severity }) => severity !== 'refused'),
      'expected nothing to be refused',
    );
  });
  await checks.check('firn deploy-plan refuses a change that would lose records', async () => {
    const { status, plan } = await deployPlan(world, withAnotherTopic(world));
    say(plan);
    const refused = plan.effects.filter(({ severity }) => severity === 'refused').map(({ rule }) => rule);
    must(status === 1 && !plan.ok, `expected exit 1 and a refusal, got exit ${status}: ${JSON.stringify(plan)}`);
    must(refused.includes('topics-ignored'), `expected topics-ignored among what is refused, got ${refused.join(', ')}`);
  });
}

/** The templates about to be deployed, but that the stream's mapping reads another topic. */
function withAnotherTopic({ home, project, scope, game }: World): string {
  const folder = join(home, 'planted');
  mkdirSync(folder, { recursive: true });
  for (const stack of ['data', 'ingest']) {
    const name = `${stackPrefix(scope)}${stack}`;
    const text = JSON.stringify(project.template(name));
    const planted = text.replaceAll(`"Topics":["${game.topic}"]`, `"Topics":["${game.topic}-other"]`);
    must(stack === 'data' || planted !== text, `expected a mapping of ${game.topic} in ${name}`);
    writeFileSync(join(folder, `${name}.template.json`), planted);
  }
  return folder;
}

async function deployPlan(world: World, templates: string): Promise<{ readonly status: number | null; readonly plan: Planned }> {
  const main = join(REPOSITORY, 'src/cli/main.ts');
  const args = ['--disable-warning=ExperimentalWarning', main, 'deploy-plan', '--aws', '--new', templates, '--json'];
  const ran = await runChild(process.execPath, args, { env: world.environment });
  if (ran.stdout === '') throw new Error(`firn deploy-plan: exit ${ran.status}\n${ran.stderr}`);
  return { status: ran.status, plan: JSON.parse(ran.stdout) as Planned };
}

function say({ effects }: Planned): void {
  for (const { severity, rule, about } of effects) process.stdout.write(`        deploy-plan: ${severity} ${rule}:${about}\n`);
}
