// `firn maintain` beside the landers, which commit to the same tables and may deliver the same offsets again: no row may be lost or
// brought back by it (promise 7). Whether any was, the suite's audit and truth say afterwards.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { MaintenanceRun } from '../../../src/jobs/maintenance/types.ts';
import { must } from '../checks.ts';
import { exitOf, REPOSITORY } from '../processes.ts';

/** Plans, compacts, expires and sweeps once; throws unless files were compacted. The producer goes on meanwhile. */
export async function compactBeside(warehouse: string): Promise<MaintenanceRun['report']> {
  const args = [join(REPOSITORY, 'src/cli/main.ts'), 'maintain', 'game.game_events', '--warehouse', warehouse, '--json'];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [exit, said, complaint] = await Promise.all([exitOf(child), text(child.stdout), text(child.stderr)]);
  must(exit === 0, `firn maintain: exit ${exit}\n${complaint.slice(-2000)}\n${said.slice(-2000)}`);
  const { report } = JSON.parse(said) as MaintenanceRun;
  must(report.groups.compacted > 0, `expected files to be compacted: ${JSON.stringify(report)}`);
  return report;
}
