// A contract is changed and deployed while records flow: a column more. Before, during and after the deployment records are produced; the
// mapping stays the same, and every row has the column's value or none, by the version that landed it.

import { join } from 'node:path';
import { runWell } from '../processes.ts';
import { readTables } from '../reading.ts';
import type { World } from '../world.ts';
import { planDeployment } from './deploy-plan.ts';
import { deploy } from './deployment.ts';

const CONTRACT = 'game/game-events.odcs.yaml';
const COLUMN = 'client_version';

/** Records of its topic flow until it resolves. */
export async function changeContract(world: World): Promise<void> {
  await addColumn(world);
  await planDeployment(world);
  await deploy(world, 'cdk deploy of a changed contract while records flow', world.project.cdkAsSynthesised);
}

/** As a user does it: the file, and its new field id. */
async function addColumn(world: World): Promise<void> {
  const { project, environment } = world;
  project.edit(CONTRACT, (text) =>
    text
      .replace('version: 3.0.0', 'version: 3.1.0')
      .replace(
        /( +)- \{name: app_version, logicalType: string\}\n/,
        (line, indent: string) =>
          `${line}${indent}- {name: ${COLUMN}, logicalType: string, customProperties: [{property: firn.path, value: app_version}]}\n`,
      ),
  );
  const main = join(project.root, 'src/cli/main.ts');
  await world.checks.check('firn check gives the new column its id', async () => {
    await runWell(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'check', 'schemas', '--write-ids'], {
      cwd: project.root,
      env: environment,
    });
  });
}

/** After records of both versions have settled. */
export async function checkChange(world: World): Promise<void> {
  const { answers, schemas } = await readTables(world, [world.game.table], {
    without: `select count(*) > 0 from game_events where ${COLUMN} is null and app_version is not null`,
    with: `select count(*) > 0 from game_events where ${COLUMN} = app_version`,
    wrong: `select count(*) from game_events where ${COLUMN} is distinct from app_version and ${COLUMN} is not null`,
  });
  const column = schemas['game_events']?.find(([name]) => name === COLUMN);
  await world.checks.equal('the table has the new column', column, [COLUMN, 'string']);
  await world.checks.equal('rows landed before the change have no value in it', answers['without'], [['True']]);
  await world.checks.equal('rows landed after the change have its value', answers['with'], [['True']]);
  await world.checks.equal('no row has another value in it', answers['wrong'], [['0']]);
}
