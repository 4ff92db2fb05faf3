// One scenario for each rule that random schedules reach too rarely: the least that must happen for the rule to matter. Each holds with
// the rule and throws without it; nothing in it is left to chance. The real jobs run over the memory ports with the product's limits.
import { LIMITS } from '../../../src/contract/limits.ts';
import { FirnError } from '../../../src/errors.ts';
import { identifierOf, loadTable } from '../../../src/iceberg/load-table.ts';
import { recordAbsent } from '../../../src/jobs/record-absent.ts';
import { resolveOffsets } from '../../../src/jobs/resolve-offsets.ts';
import { FakeKafka } from '../../support/kafka/fake-kafka.ts';
import { GAME_SOURCES } from '../../support/kafka/run-lab.ts';
import { deadlineOf, withLimits } from '../../support/memory/applying.ts';
import {
  changeMetadata,
  GAME_SOURCE,
  GAME_TABLE,
  gameContract,
  type Lab,
  ledgerOf,
  MemoryWorld,
  makeLab,
  type PortCall,
  records,
  removeDataFiles,
} from '../../support/memory/index.ts';
import { holds } from '../engine/violation.ts';
import { GENERATION_SCENARIOS } from './generation-scenarios.ts';
import { LEDGER_SCENARIOS } from './ledger-scenarios.ts';
import { atFirst, expectKept, expectRows, isEntry, isListOf, NAME, others, type Scenario, staged } from './stage.ts';
import { compactionSeesNewDeletes, expiryKeepsThePath, sequenceNumbersKept } from './table-scenarios.ts';
import { UPKEEP_SCENARIOS } from './upkeep-scenarios.ts';

/** Scenarios by the rule they need. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  ...LEDGER_SCENARIOS,
  ...GENERATION_SCENARIOS,
  ...UPKEEP_SCENARIOS,
  '412 reads the id': otherTakesTheNumber,
  'all descriptors of a list': severalAreStaged,
  'at least one compared': nothingIsLeftToCompare,
  'compaction sees new deletes': compactionSeesNewDeletes,
  'delivered absent parks': absentRecordIsDelivered,
  'expiry keeps the path to the tag': expiryKeepsThePath,
  'gap means reload': readerSleepsOverTheHistory,
  'glue reads uuid before update': tableIsAnotherOfTheSameVersion,
  'history counts from the checkpoint': () => entriesGrowOldWithoutCheckpoint(false),
  'history counts from the checkpoint + gap means reload': () => entriesGrowOldWithoutCheckpoint(true),
  'recompute after conflict': otherEngineWinsTheSwap,
  'resolver checks the topic': anotherTopicIsAsked,
  'sequence numbers kept': sequenceNumbersKept,
  'unknown deletes nothing': swapIsDoneAndNobodyCanTell,
  'unknown entry is retried': replyOfTheEntryIsLost,
  'uuid checked': tableIsMadeAgainBeforeItsFirstEntry,
  'filtered remembered + at least one compared': filteredComeAgainAsOthers,
  'resolver checks the topic + delivered absent parks': lateRecordOfAnotherTopic,
};

/** A name that is taken is another's entry: who takes it for its own applies what was never decided. */
async function otherTakesTheNumber(): Promise<void> {
  const world = new MemoryWorld();
  const other = makeLab({
    world,
    process: 'other',
    seed: 2,
    fault: (call) => (isEntry(call) ? { kind: 'crash-after' } : undefined),
  });
  const first = makeLab({ world, process: 'first' });
  await first.land(records('a'));
  await first.commit();
  await first.land(records('a', { offset: 1 }));
  first.setFault(
    atFirst(isEntry, async () => {
      await makeLab({ world, process: 'lander', seed: 3 }).land(records('a', { offset: 2 }));
      await other.commit().catch(() => undefined);
    }),
  );
  await first.commit();
  await expectRows(makeLab({ world, process: 'last', seed: 4 }), [0, 1, 2]);
}

/** What is staged together is decided together: entries do not grow with the number of landings. */
async function severalAreStaged(): Promise<void> {
  const lab = makeLab();
  for (const offset of [0, 1, 2]) await lab.land(records('a', { offset }));
  await lab.commit();
  const { n } = (await ledgerOf(lab.ports)).state;
  holds(n === 2, () => `P10 three descriptors of one list took ${n - 1} entries, expected 1 beside that of the source`);
}

async function nothingIsLeftToCompare(): Promise<void> {
  const lab = makeLab();
  await lab.land(records('aaaaaa'));
  await lab.commit();
  await removeDataFiles(lab.ports, GAME_TABLE, () => true);
  for (const uri of lab.world.urisUnder(`${lab.ports.root}/game/events/data/`)) lab.world.remove(uri);
  await lab.land(others('aa', { offset: 2 }));
  await expectKept(lab, 'nothing-to-compare');
}

async function absentRecordIsDelivered(): Promise<void> {
  const lab = makeLab();
  await lab.land(records('a'));
  await lab.land(records('a', { offset: 2 }));
  await lab.commit();
  const ranges = [{ sourceId: GAME_SOURCE, partition: 0, ranges: [[1, 2]] as const }];
  await recordAbsent({ ports: lab.ports, contractName: NAME, deadline: deadlineOf(lab), cause: 'no-record', ranges });
  // The record beside it is the one that was there, so timestamps agree.
  await lab.land(records('aa', { offset: 1 }));
  await expectKept(lab, 'topic-recreated');
}

/** Between its two listings a reader, which has no deadline, sleeps until what follows its checkpoint is collected. */
async function readerSleepsOverTheHistory(): Promise<void> {
  const world = new MemoryWorld();
  const lab = makeLab({ world, process: 'committer', seed: 2 });
  const land = async (offset: number): Promise<void> => {
    await lab.land(records('a', { offset }));
    await lab.commit();
  };
  await land(0);
  const reader = makeLab({ world, process: 'reader' });
  reader.setFault(
    atFirst(isListOf('ledger'), () =>
      everyEntry(async () => {
        await land(1);
        world.advance(LIMITS.ledgerHistoryMs + 1);
        await land(2);
        await land(3);
      }),
    ),
  );
  const { state } = await ledgerOf(reader.ports);
  holds(state.n === 5, () => `P1 the ledger was read up to entry ${state.n}, expected 5`);
}

/** With a checkpoint after every entry. */
const everyEntry = (act: () => Promise<void>) => withLimits({ checkpointEveryEntries: 1 }, act);

/** A committer sees no checkpoint; then all entries, older than the history, get their first one; then it sees no entry, or only a young one. */
async function entriesGrowOldWithoutCheckpoint(hasYoung: boolean): Promise<void> {
  const world = new MemoryWorld();
  const lab = makeLab({ world, process: 'first', seed: 2 });
  // Filtered records leave the tables without an entry, so no table tells how far the ledger is.
  await lab.land(records('nn'));
  await lab.commit();
  world.advance(LIMITS.ledgerHistoryMs + 1);
  const late = makeLab({ world, process: 'late' });
  late.setFault(
    atFirst(isListOf('ledger'), async () => {
      await everyEntry(async () => void (await lab.commit()));
      await lab.land(records('a', { offset: 2 }));
      if (hasYoung) await lab.commit();
    }),
  );
  await late.commit();
  await lab.land(records('a', { offset: 2 }));
  await lab.commit();
  await expectRows(lab, [2]);
}

async function tableIsAnotherOfTheSameVersion(): Promise<void> {
  const world = new MemoryWorld({ catalog: 'glue' });
  const lab = makeLab({ world, process: 'committer' });
  await lab.land(records('ax'));
  const swap = ({ op, target }: PortCall): boolean => op === 'commit' && target === GAME_TABLE;
  lab.setFault(
    atFirst(swap, async () => {
      world.dropTable(identifierOf(GAME_TABLE));
      await makeLab({ world, process: 'lander', seed: 2 }).land(records('a', { offset: 2 }));
    }),
  );
  const { parked } = await lab.commit();
  holds(
    parked.some(({ reason }) => reason === 'table-recreated'),
    () => `a table made again was silently continued: parked ${parked.length}`,
  );
}

async function otherEngineWinsTheSwap(): Promise<void> {
  const lab = makeLab();
  await lab.land(records('a'));
  const rival = makeLab({ world: lab.world, process: 'rival', seed: 2 });
  const swap = ({ op, target }: PortCall): boolean => op === 'commit' && target === GAME_TABLE;
  const change = () =>
    changeMetadata(rival.ports, GAME_TABLE, (metadata) => ({ ...metadata, properties: { ...metadata.properties, owner: 'rival' } }));
  lab.setFault(atFirst(swap, change));
  await lab.commit();
  const { metadata } = (await loadTable(lab.ports, identifierOf(GAME_TABLE)))!;
  holds(metadata.properties['owner'] === 'rival', () => 'P6 what another engine committed in between is gone');
  await expectRows(lab, [0]);
}

/** Kafka has other records at covered offsets: what it says of the gap between them is about another topic. */
async function anotherTopicIsAsked(): Promise<void> {
  const { parked, noRecord } = await askAnotherTopic(makeLab());
  holds(parked === 1 && noRecord === 0, () => `P1 ${noRecord} offsets count as absent by the word of another topic`);
}

async function askAnotherTopic(lab: Lab) {
  const kafka = new FakeKafka(lab.world);
  kafka.makeTopic('events', 1);
  kafka.append('events', others('a.aa'));
  await lab.land(records('a'));
  await lab.land(records('aa', { offset: 2 }));
  await lab.commit();
  const request = { ports: lab.ports, contract: gameContract(), reader: kafka.reader(), sources: GAME_SOURCES, deadline: deadlineOf(lab) };
  const { parked, noRecord } = await resolveOffsets(request);
  return { parked: parked.length, noRecord };
}

/** A record of the old topic arrives after the new one was asked about its offset. */
async function lateRecordOfAnotherTopic(): Promise<void> {
  const lab = makeLab();
  await askAnotherTopic(lab);
  await lab.land(records('aa', { offset: 1 }));
  await lab.commit();
  holds(staged(lab).length > 0, () => 'P1 a descriptor was deleted, its record at offset 1 is nowhere');
}

/** The swap is done, its reply is lost, and so is the answer to the look at what became of it. */
async function swapIsDoneAndNobodyCanTell(): Promise<void> {
  const lab = makeLab();
  await lab.land(records('a'));
  let next: 'commit' | 'load' | undefined = 'commit';
  lab.setFault(({ op, target }) => {
    if (target !== GAME_TABLE || op !== next) return undefined;
    next = op === 'commit' ? 'load' : undefined;
    return { kind: op === 'commit' ? 'apply-then-fail' : 'fail-before' };
  });
  await lab.commit().catch((error: unknown) => holds(error instanceof FirnError, () => `a commit threw ${String(error)}`));
  lab.setFault(undefined);
  await lab.commit();
  await expectRows(lab, [0]);
}

/** A lost reply costs one more request under the same number and id, not a new decision. */
async function replyOfTheEntryIsLost(): Promise<void> {
  const lab = makeLab();
  await lab.land(records('a'));
  await lab.commit();
  await lab.land(records('a', { offset: 1 }));
  const before = lab.calls.length;
  let isLost = false;
  lab.setFault((call) => {
    if (isLost || !isEntry(call)) return undefined;
    isLost = true;
    return { kind: 'lost' };
  });
  await lab.commit();
  const read = lab.calls.slice(before).filter(isListOf('checkpoint')).length;
  holds(isLost && read === 1, () => `P10 the ledger was read ${read} times for one entry whose reply was lost`);
  await expectRows(lab, [0, 1]);
}

async function tableIsMadeAgainBeforeItsFirstEntry(): Promise<void> {
  const lab = makeLab();
  await lab.land(records('ax'));
  lab.world.dropTable(identifierOf(GAME_TABLE));
  await lab.land(records('x', { offset: 2 }));
  const { parked } = await lab.commit();
  holds(
    parked.some(({ reason }) => reason === 'table-recreated'),
    () => `a table made again was silently continued: parked ${parked.length}`,
  );
}

async function filteredComeAgainAsOthers(): Promise<void> {
  const lab = makeLab();
  await lab.land(records('nnn'));
  await lab.commit();
  await lab.land(others('a', { offset: 1 }));
  const { parked } = await lab.commit();
  holds(parked.length === 1 && staged(lab).length === 1, () => 'P1 a descriptor was deleted, its records are nowhere');
}
