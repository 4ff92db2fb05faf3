// Scenarios of the rules that keep files which nothing refers to yet: a sweep comes between writing a file and referring to it.
import { LIMITS } from '../../../src/contract/limits.ts';
import { FirnError } from '../../../src/errors.ts';
import { identifierOf, loadTable } from '../../../src/iceberg/load-table.ts';
import { liveEntries } from '../../../src/iceberg/scan.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { ensureTables } from '../../../src/jobs/ensure-tables.ts';
import { sweepTable } from '../../../src/jobs/maintenance/sweep-table.ts';
import { redrive } from '../../../src/jobs/redrive.ts';
import { parseDescriptor } from '../../../src/ledger/descriptor-codec.ts';
import { createJudge } from '../../../src/pipeline/judge.ts';
import { withLimits } from '../../support/memory/applying.ts';
import { GAME_QUARANTINE, GAME_TABLE, gameContract, type Lab, MemoryWorld, makeLab, records } from '../../support/memory/index.ts';
import { holds } from '../engine/violation.ts';
import { atFirst, expectRows, isCreateOf, isListOf, NAME, type Scenario, staged } from './stage.ts';

/** Above the deadlines and the life of a request, and far below the age at which files are copied. */
const IN_FLIGHT_MS = 24 * 60_000;

export const UPKEEP_SCENARIOS: Readonly<Record<string, Scenario>> = {
  'bound above deadline': swept(async ({ world, sweep }) => {
    const lander = makeLab({ world, process: 'lander', seed: 3 });
    const slowlyMs = LIMITS.landDeadlineMs - 1;
    lander.setFault(
      atFirst(isCreateOf(/\/staged\//), async () => {
        world.advance(slowlyMs);
        await sweep();
      }),
    );
    await lander.land(records('a', { offset: 1 }));
  }),
  'stager deadline': swept(async ({ world, pass, sweep }) => {
    const lander = makeLab({ world, process: 'lander', seed: 3 });
    let files = 0;
    lander.setFault(
      atFirst(
        (call) => isCreateOf(/\/data\//)(call) && ++files === 2,
        async () => {
          pass();
          await sweep();
        },
      ),
    );
    await orFails(lander.land(records('ax', { offset: 1 })));
    for (const uri of staged(lander)) {
      const { tables } = parseDescriptor(world.objects.get(uri)!.bytes);
      const missing = tables.flatMap((table) => table.files).filter(({ path }) => !world.objects.has(path));
      holds(missing.length === 0, () => 'P3 a descriptor names a swept file');
    }
    await makeLab({ world, process: 'again', seed: 4 }).land(records('ax', { offset: 1 }));
  }),
  'committer deadline': swept(async ({ world, pass, sweep }) => {
    await makeLab({ world, process: 'lander', seed: 3 }).land(records('a', { offset: 1 }));
    const committer = makeLab({ world, process: 'slow', seed: 4 });
    committer.setFault(
      atFirst(isCreateOf(/\.metadata\.json$/), async () => {
        pass();
        await sweep();
      }),
    );
    await orFails(committer.commit());
  }),
  'sweep honours descriptors': swept(async ({ lab, pass, sweep }) => {
    await lab.land(records('a', { offset: 1 }));
    pass();
    await sweep();
  }),
  'sweep honours entries': swept(async ({ lab, pass, sweep }) => {
    await lab.land(records('c', { offset: 1 }));
    await lab.commit();
    // What a redrive writes is named by its entry alone.
    const contract = gameContract(2);
    const resolved = await ensureTables({ ports: lab.ports, contract });
    const request = { ports: lab.ports, contract, resolved, judge: createJudge(contract), filter: {}, isPlan: false };
    await redrive({ ...request, deadline: startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs) });
    pass();
    await sweep();
  }),
  'sweep loads metadata last': swept(async ({ world, lab, pass, sweep }) => {
    await lab.land(records('a', { offset: 1 }));
    pass();
    // With a checkpoint nothing but the table itself says that it has applied the entry.
    const commit = async () => void (await makeLab({ world, process: 'committer', seed: 5 }).commit());
    await sweep(atFirst(isListOf('staged'), () => withLimits({ checkpointEveryEntries: 1 }, commit)));
  }),
  'old files copied before commit': orphansAreRemoved,
};

interface Scene {
  readonly world: MemoryWorld;
  readonly lab: Lab;
  /** Longer than anything may be in flight. */
  pass(): void;
  sweep(fault?: Parameters<Lab['setFault']>[0]): Promise<void>;
}

/** One row is in the table; then the act, in which a second one is landed; then all is committed, and both are there. */
function swept(act: (scene: Scene) => Promise<void>): Scenario {
  return () =>
    withLimits({ sweepInFlightMs: IN_FLIGHT_MS }, async () => {
      const world = new MemoryWorld();
      const lab = makeLab({ world, process: 'first', seed: 2 });
      await lab.land(records('a'));
      await lab.commit();
      const pass = (): void => world.advance(IN_FLIGHT_MS + 1);
      await act({ world, lab, pass, sweep: (fault) => sweepAll(world, fault) });
      const last = makeLab({ world, process: 'last', seed: 9 });
      await last.commit();
      await expectRows(last, [0, 1]);
    });
}

async function sweepAll(world: MemoryWorld, fault: Parameters<Lab['setFault']>[0]): Promise<void> {
  const sweeper = makeLab({ world, process: 'sweeper', seed: 7 });
  sweeper.setFault(fault);
  for (const table of [GAME_TABLE, GAME_QUARANTINE]) {
    const deadline = startDeadline(sweeper.ports.clock, LIMITS.commitDeadlineMs);
    await sweepTable({ ports: sweeper.ports, contractName: NAME, table, deadline });
  }
}

/** Errors of Firn's are an answer; what it did is judged at the end. */
async function orFails(act: Promise<unknown>): Promise<void> {
  await act.catch((error: unknown) => {
    if (!(error instanceof FirnError)) throw error;
  });
}

/** Another engine's removal of orphans lists what is old and in no metadata, and deletes it after a committer has put it there. */
async function orphansAreRemoved(): Promise<void> {
  const lab = makeLab();
  await lab.land(records('a'));
  await lab.commit();
  await lab.land(records('a', { offset: 1 }));
  lab.world.advance(LIMITS.fileCopyAgeMs + 1);
  const { metadata } = (await loadTable(lab.ports, identifierOf(GAME_TABLE)))!;
  const { data } = await liveEntries({ metadata, files: lab.ports.files });
  const live = new Set(data.map(({ file }) => file.filePath));
  const orphans = lab.world.urisUnder(`${metadata.location}/data/`).filter((uri) => !live.has(uri));
  await lab.commit();
  for (const uri of orphans) lab.world.remove(uri);
  holds(orphans.length === 1, () => `the file that is staged is the only orphan, found ${orphans.length}`);
  await expectRows(lab, [0, 1]);
}
