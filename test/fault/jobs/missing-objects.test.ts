// One object of a ledger is gone or garbled: what a person who is woken by it sees and does. The error names the object and the command; the
// tables stay as they are; other contracts go on; the ledger made anew, and Kafka asked for what it cannot know, hold every record once.
import { describe, expect, it } from 'vitest';
import { answerRings } from '../../../functions/commit/rings.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { FirnError } from '../../../src/errors.ts';
import { commitContract } from '../../../src/jobs/commit-contract.ts';
import { planLedger } from '../../../src/jobs/plan-ledger.ts';
import { resolveOffsets } from '../../../src/jobs/resolve-offsets.ts';
import { restoreLedger } from '../../../src/jobs/restore-ledger.ts';
import { FakeKafka } from '../../support/kafka/fake-kafka.ts';
import { GAME_SOURCES } from '../../support/kafka/run-lab.ts';
import { deadlineOf, writeCheckpoint } from '../../support/memory/applying.ts';
import {
  audit,
  GAME_QUARANTINE,
  GAME_TABLE,
  gameContract,
  gameRecords,
  type Lab,
  ledgerOf,
  makeLab,
  observer,
  records,
  rowsOf,
} from '../../support/memory/index.ts';

const NAME = 'game.events';
const OTHER = 'game.others';
const ALL = 'aaxnnab.acnaabxa';
const paths = (lab: Lab) => contractPaths(lab.ports.root, NAME);
const garbled = { bytes: Buffer.from('{"version":1,'), lastModifiedMs: 0 };

/** Four deliveries landed, with a checkpoint after the second, and a fifth staged; another contract has something staged, too. */
async function withLandings() {
  const lab = makeLab();
  const kafka = new FakeKafka(lab.world);
  kafka.makeTopic('events', 1);
  kafka.append('events', records(ALL));
  let offset = 0;
  for (const part of ['aaxn', 'nab', '.ac', 'naab']) {
    await lab.land(records(part, { offset }));
    await lab.commit();
    offset += part.length;
    if (offset === 7) await writeCheckpoint(lab);
  }
  await lab.land(records('xa', { offset }));
  await lab.land([], { contract: gameContract(1, 'others'), records: gameRecords(records('aa'), 'main/others/1') });
  const rows = { main: await rowsOf(lab.ports, GAME_TABLE), quarantine: await rowsOf(lab.ports, GAME_QUARANTINE) };
  return { lab, kafka, rows, state: (await ledgerOf(lab.ports)).state };
}
type Landed = Awaited<ReturnType<typeof withLandings>>;

/** What is lost, and how a person sees it: the code, and the object that the message names. */
const CASES: Readonly<Record<string, (landed: Landed) => { readonly code: string; readonly object: string }>> = {
  'an entry in the middle is gone': ({ lab, state }) => {
    lab.world.objects.delete(paths(lab).entry(state.n - 1));
    return { code: 'ledger-gap', object: paths(lab).entry(state.n - 1) };
  },
  'the first entry after the checkpoint is garbled': ({ lab, state }) => {
    lab.world.objects.set(paths(lab).entry(state.n - 1), garbled);
    return { code: 'ledger-object-malformed', object: paths(lab).entry(state.n - 1) };
  },
  'the last entry is gone': ({ lab, state }) => {
    lab.world.objects.delete(paths(lab).entry(state.n));
    return { code: 'ledger-behind', object: paths(lab).entry(state.n) };
  },
  'the checkpoint is gone, and entries before it were collected': ({ lab, state }) => {
    for (let n = 1; n < state.n - 1; n++) lab.world.objects.delete(paths(lab).entry(n));
    for (const uri of lab.world.urisUnder(paths(lab).checkpoints)) lab.world.objects.delete(uri);
    return { code: 'ledger-gap', object: paths(lab).entry(1) };
  },
  'the checkpoint is garbled': ({ lab }) => {
    const [uri] = lab.world.urisUnder(paths(lab).checkpoints);
    lab.world.objects.set(uri!, garbled);
    return { code: 'ledger-object-malformed', object: uri! };
  },
};

describe('promise 8, recoverable: one object of a ledger', () => {
  it.each(Object.entries(CASES))(
    '%s: named with the remedy, other contracts go on, and every record is there once in the end',
    async (_, lose) => {
      const landed = await withLandings();
      const { code, object } = lose(landed);
      const lab = observer(landed.lab.world);
      const reported: [string, FirnError][] = [];
      await answerRings(
        [NAME, OTHER].map((contract) => ({
          messageId: contract,
          receiptHandle: contract,
          body: JSON.stringify({ contract }),
          attributes: { ApproximateReceiveCount: '1' },
        })),
        {
          commit: async (contractName) => void (await commitContract({ ports: lab.ports, contractName, deadline: deadlineOf(lab) })),
          release: async () => undefined,
          report: (contract, error) => void reported.push([contract, error]),
        },
      );
      expect(reported.map(([contract, error]) => [contract, error.code])).toEqual([[NAME, code]]);
      const { message } = reported[0]![1];
      expect(message).toContain(NAME);
      expect(message).toContain(object.slice(lab.ports.root.length + 1));
      expect(message).toContain('firn recover plan --kind ledger');
      expect(await rowsOf(lab.ports, 'game.others')).toHaveLength(2);
      expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(landed.rows.main);
      expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toEqual(landed.rows.quarantine);
      await restoreAndResolve(lab, landed.kafka);
      expect(await audit(lab.ports)).toMatchObject({ clean: true, parked: [] });
      expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual([...landed.rows.main, '0:15:p0-15'].sort());
      expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toEqual([...landed.rows.quarantine, '0:14:'].sort());
    },
  );

  it('a staged descriptor that was deleted before it was decided: the hole is told, and Kafka gives its records again', async () => {
    const { lab, kafka, rows } = await withLandings();
    for (const uri of lab.world.urisUnder(paths(lab).staged)) lab.world.objects.delete(uri);
    kafka.append('events', records('a', { offset: ALL.length }));
    await lab.land(records('a', { offset: ALL.length }));
    // Two of the descriptor, and the slot without a record that lies between two deliveries.
    expect(await lab.commit()).toMatchObject({ unverified: 3, parked: [] });
    expect(await audit(lab.ports)).toMatchObject({ clean: false, sources: [{ unverified: { count: 3 } }] });
    await resolve(lab, kafka);
    expect(await audit(lab.ports)).toMatchObject({ clean: true, sources: [{ unverified: { count: 0 } }] });
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual([...rows.main, '0:15:p0-15', '0:16:p0-16'].sort());
    expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toEqual([...rows.quarantine, '0:14:'].sort());
  });

  it('a decided descriptor that was deleted before every table had applied it is not needed: its entry says all', async () => {
    const { lab, kafka, rows } = await withLandings();
    lab.setFault(({ op, target }) => (op === 'commit' && target === GAME_TABLE ? { kind: 'fail-before' } : undefined));
    await expect(lab.commit()).rejects.toThrow(FirnError);
    lab.setFault(undefined);
    expect(lab.world.urisUnder(paths(lab).staged)).toHaveLength(1);
    for (const uri of lab.world.urisUnder(paths(lab).staged)) lab.world.objects.delete(uri);
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual([...rows.main, '0:15:p0-15'].sort());
    await resolve(lab, kafka);
    expect(await audit(lab.ports)).toMatchObject({ clean: true });
  });
});

async function restoreAndResolve(lab: Lab, kafka: FakeKafka): Promise<void> {
  const { body } = await planLedger({ ports: lab.ports, contractName: NAME, isAccepted: false });
  await restoreLedger({ ports: lab.ports, contractName: NAME, deadline: deadlineOf(lab), plan: body });
  await lab.commit();
  await resolve(lab, kafka);
}

async function resolve(lab: Lab, kafka: FakeKafka): Promise<void> {
  const contract = gameContract();
  await resolveOffsets({ ports: lab.ports, contract, reader: kafka.reader(), sources: GAME_SOURCES, deadline: deadlineOf(lab) });
  await lab.commit();
}
