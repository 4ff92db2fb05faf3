// Scenarios of rules about entries, tables and plans that schedules do reach, though not soon: what is decided once stays decided once,
// and what stops stops alone.
import { LIMITS } from '../../../src/contract/limits.ts';
import { FirnError } from '../../../src/errors.ts';
import { identifierOf } from '../../../src/iceberg/load-table.ts';
import { createEntry } from '../../../src/jobs/create-entry.ts';
import { ensureTables } from '../../../src/jobs/ensure-tables.ts';
import { redrive } from '../../../src/jobs/redrive.ts';
import { resolveOffsets } from '../../../src/jobs/resolve-offsets.ts';
import { createJudge } from '../../../src/pipeline/judge.ts';
import { FakeKafka } from '../../support/kafka/fake-kafka.ts';
import { GAME_SOURCES } from '../../support/kafka/run-lab.ts';
import { deadlineOf, withLimits } from '../../support/memory/applying.ts';
import {
  GAME_QUARANTINE,
  GAME_TABLE,
  gameContract,
  gameRecords,
  type Lab,
  landed,
  ledgerOf,
  MemoryWorld,
  makeLab,
  records,
  rollBackToFirst,
  rowsOf,
} from '../../support/memory/index.ts';
import { holds } from '../engine/violation.ts';
import { atFirst, expectKept, expectRows, isCreateOf, isEntry, isListOf, NAME, others, type Scenario } from './stage.ts';

export const LEDGER_SCENARIOS: Readonly<Record<string, Scenario>> = {
  'collects what it has seen': committerSleepsBeforeItCollects,
  'each landing compared': otherRecordsLandedAfterOldOnes,
  'entries wait for tables': tableIsBehindForLong,
  'generation inherits': sameRecordsUnderAnotherGeneration,
  'history period': committerSleepsWhileEntriesAreCollected,
  'missing file parks': dataFileIsGone,
  'parked table alone stops': oneTableIsParked,
  'partial overlap compared': otherRecordsBesideNewOnes,
  'redrive checks its basis': twoRedrives,
  'rollback detected': tableIsRolledBack,
  'tag moves': severalCommits,
  'trim against the ledger read': otherDecidesAndDies,
  'unverified is not absent': gapHoldsARecord,
};

const everyEntry = (act: () => Promise<void>) => withLimits({ checkpointEveryEntries: 1 }, act);

/** The catalog does not give one table for longer than the history; the other goes on, with checkpoints. */
async function tableIsBehindForLong(): Promise<void> {
  const lab = await landed('x', { process: 'first' });
  lab.setFault(({ op, target }) => (op === 'load' && target === GAME_TABLE ? { kind: 'fail-before' } : undefined));
  const commit = async (): Promise<void> => {
    const error = await lab.commit().catch((thrown: unknown) => thrown);
    if (error instanceof Error && !(error instanceof FirnError)) throw error;
  };
  const resolved = await ensureTables({ ports: makeLab({ world: lab.world, process: 'lander', seed: 2 }).ports, contract: gameContract() });
  await lab.land(records('a', { offset: 1 }), { resolved });
  await everyEntry(async () => {
    await commit();
    lab.world.advance(LIMITS.ledgerHistoryMs + 1);
    await lab.land(records('x', { offset: 2 }), { resolved });
    await commit();
  });
  lab.setFault(undefined);
  await commit();
  await expectRows(lab, [1]);
}

async function sameRecordsUnderAnotherGeneration(): Promise<void> {
  const lab = await landed('aaa', { process: 'first' });
  const all = records('aaa');
  const inherited = [
    {
      partition: 0,
      ranges: [[0, 3]] as const,
      edges: all.map(({ offset, timestampMs }) => [offset, timestampMs] as const),
      filteredTimestamps: [],
    },
  ];
  const { n } = (await ledgerOf(lab.ports)).state;
  const sources = [{ sourceId: 'main/events/2', topic: 'events', observed: {}, inherited }];
  await createEntry({ ports: lab.ports, contractName: NAME, after: n, draft: { kind: 'source', sources }, deadline: deadlineOf(lab) });
  await lab.land([], { records: gameRecords(all, 'main/events/2') });
  await lab.commit();
  await expectRows(lab, [0, 1, 2]);
}

/** A number that was given out is not given out again, however long a committer slept since it read the ledger. */
async function committerSleepsWhileEntriesAreCollected(): Promise<void> {
  const world = new MemoryWorld();
  const lab = await landed('a', { world, process: 'first' });
  await lab.land(records('a', { offset: 1 }));
  const other = makeLab({ world, process: 'other', seed: 2 });
  const made = new Map<string, number>();
  world.watch = ({ kind, ...event }) => {
    if (kind === 'put' && 'uri' in event) made.set(event.uri, (made.get(event.uri) ?? 0) + 1);
  };
  lab.setFault(atFirst(isEntry, () => everyEntry(async () => void (await other.commit()))));
  await lab.commit();
  const forked = [...made].filter(([uri, times]) => uri.includes('/ledger/') && times > 1);
  holds(forked.length === 0, () => `the ledger forked: ${forked.map(([uri]) => uri)} was created twice`);
  await expectRows(lab, [0, 1]);
}

/** While a committer sleeps before it collects, another's entry grows old that one table has still to apply. */
async function committerSleepsBeforeItCollects(): Promise<void> {
  const world = new MemoryWorld();
  const lab = await landed('ax', { world, process: 'first' });
  await lab.land(records('a', { offset: 2 }));
  const resolved = await ensureTables({ ports: makeLab({ world, process: 'lander', seed: 2 }).ports, contract: gameContract() });
  const other = makeLab({ world, process: 'other', seed: 3 });
  other.setFault(({ op, target }) => (op === 'load' && target === GAME_QUARANTINE ? { kind: 'fail-before' } : undefined));
  let isCollecting = false;
  const asleep = atFirst(
    (call) => {
      isCollecting ||= isCreateOf(/\/checkpoint\//)(call);
      return isCollecting && isListOf('checkpoint')(call);
    },
    async () => {
      await other.land(records('ax', { offset: 3 }), { resolved });
      const error = await other.commit().catch((thrown: unknown) => thrown);
      if (!(error instanceof FirnError)) throw error ?? new Error('the other committer was to fail at one table');
      world.advance(LIMITS.ledgerHistoryMs + 1);
    },
  );
  lab.setFault(asleep);
  await everyEntry(async () => void (await lab.commit()));
  holds(isCollecting, () => 'the scenario has no checkpoint');
  other.setFault(undefined);
  await other.commit();
  const rows = await rowsOf(other.ports, GAME_QUARANTINE);
  holds(rows.length === 2, () => `P3 an entry was collected before ${GAME_QUARANTINE} applied it: ${rows.length} rows of 2`);
  await expectRows(other, [0, 2, 3]);
}

async function dataFileIsGone(): Promise<void> {
  const lab = await landed('a', { process: 'first' });
  const before = new Set(lab.world.objects.keys());
  await lab.land(records('a', { offset: 1 }));
  lab.world.advance(LIMITS.fileCheckAgeMs + 1);
  for (const uri of lab.world.urisUnder(`${lab.ports.root}/game/`)) if (!before.has(uri) && uri.endsWith('.parquet')) lab.world.remove(uri);
  const { parked } = await lab.commit();
  holds(
    parked.length === 1 && parked[0]!.reason === 'file-missing',
    () => `P1 rows that were lost are passed over: parked ${parked.length}`,
  );
}

async function oneTableIsParked(): Promise<void> {
  const lab = await landed('ax', { process: 'first' });
  lab.world.dropTable(identifierOf(GAME_TABLE));
  for (const offset of [2, 3]) {
    await lab.land(records('x', { offset }));
    await lab.commit();
  }
  const rows = await rowsOf(lab.ports, GAME_QUARANTINE);
  holds(rows.length === 3, () => `P4 ${GAME_QUARANTINE} does not progress: ${rows.length} rows of 3`);
}

async function otherRecordsBesideNewOnes(): Promise<void> {
  const lab = await landed('aa', { process: 'first' });
  await lab.land(others('aa', { offset: 1 }));
  await expectKept(lab, 'topic-recreated');
}

/** Records of a topic made again that landed where nothing was covered agree with themselves, and say nothing of those before them. */
async function otherRecordsLandedAfterOldOnes(): Promise<void> {
  const lab = await landed('aaa', { process: 'first' });
  await lab.land(others('a', { offset: 3 }));
  await lab.commit();
  await lab.land([...others('a', { offset: 1 }), ...others('a', { offset: 3 })]);
  await expectKept(lab, 'topic-recreated');
}

async function twoRedrives(): Promise<void> {
  const world = new MemoryWorld();
  const lab = await landed('c', { world, process: 'first' });
  const other = makeLab({ world, process: 'other', seed: 2 });
  lab.setFault(
    atFirst(isEntry, async () => {
      await redriveAll(other);
      await other.commit();
    }),
  );
  await redriveAll(lab);
  await lab.commit();
  await expectRows(lab, [0]);
}

async function redriveAll(lab: Lab): Promise<void> {
  const contract = gameContract(2);
  const resolved = await ensureTables({ ports: lab.ports, contract });
  const judge = createJudge(contract);
  await redrive({ ports: lab.ports, contract, resolved, judge, deadline: deadlineOf(lab), filter: {}, isPlan: false });
}

async function tableIsRolledBack(): Promise<void> {
  const lab = await landed('a', { process: 'first' });
  await lab.land(records('a', { offset: 1 }));
  await lab.commit();
  await rollBackToFirst(lab.ports, GAME_TABLE);
  await lab.land(records('a', { offset: 2 }));
  const { parked } = await lab.commit();
  holds(parked.length === 1 && parked[0]!.reason === 'rolled-back', () => `a rollback was silently continued: parked ${parked.length}`);
}

async function severalCommits(): Promise<void> {
  const lab = await landed('a', { process: 'first' });
  for (const offset of [1, 2]) {
    await lab.land(records('a', { offset }));
    const { parked } = await lab.commit();
    holds(parked.length === 0, () => `P4 ${GAME_TABLE} parked without a cause: ${parked.map(({ reason }) => reason)}`);
  }
  await expectRows(lab, [0, 1, 2]);
}

/** Another committer decides the same and dies before it applies, so no table tells. */
async function otherDecidesAndDies(): Promise<void> {
  const world = new MemoryWorld();
  const lab = await landed('a', { world, process: 'first' });
  await lab.land(records('a', { offset: 1 }));
  const other = makeLab({ world, process: 'other', seed: 2, fault: (call) => (isEntry(call) ? { kind: 'crash-after' } : undefined) });
  lab.setFault(
    atFirst(
      ({ op }) => op === 'load',
      async () => void (await other.commit().catch(() => undefined)),
    ),
  );
  await lab.commit();
  await expectRows(lab, [0, 1]);
}

async function gapHoldsARecord(): Promise<void> {
  const lab = await landed('a', { process: 'first' });
  await lab.land(records('a', { offset: 2 }));
  await lab.commit();
  const kafka = new FakeKafka(lab.world);
  kafka.makeTopic('events', 1);
  kafka.append('events', records('aaa'));
  const request = { ports: lab.ports, contract: gameContract(), reader: kafka.reader(), sources: GAME_SOURCES, deadline: deadlineOf(lab) };
  await resolveOffsets(request);
  await lab.commit();
  await expectRows(lab, [0, 1, 2]);
}
