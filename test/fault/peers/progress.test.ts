// Failures that stopped or delayed other Kafka-to-Iceberg paths, or made them forget what had landed (issues.ts), played here.
import { describe, expect, it } from 'vitest';
import { APPLIED_TAG } from '../../../src/contract/names.ts';
import { audit, changeMetadata, GAME_TABLE, makeLab, records, removeDataFiles, rowsOf, rowText } from '../../support/memory/index.ts';

const texts = (all: readonly Parameters<typeof rowText>[0][]) => all.map((record) => rowText(record)).sort();

describe('what stopped elsewhere', () => {
  it('an offset reset to the beginning adds nothing twice and does not stop what is new (#15293)', async () => {
    const lab = makeLab();
    const old = records('aabbaa');
    for (const cut of [old.slice(0, 3), old.slice(3)]) await lab.land(cut);
    await lab.commit();
    const fresh = records('aab', { offset: 6 });
    for (const cut of [old.slice(0, 4), [...old.slice(4), ...fresh.slice(0, 1)], fresh]) {
      await lab.land(cut);
      await lab.commit();
    }
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(texts([...old, ...fresh]));
    expect(await audit(lab.ports)).toMatchObject({ clean: true, parked: [] });
  });

  it('other writers and the expiry of our snapshots do not make a redelivery land twice (#18006)', async () => {
    const lab = makeLab();
    const first = records('aaaa');
    await lab.land(first);
    await lab.commit();
    await lab.land(records('aa', { offset: 4 }));
    await lab.commit();
    // Another engine commits, and its expiry leaves the current snapshot and the tagged one.
    await removeDataFiles(lab.ports, GAME_TABLE, () => false);
    await changeMetadata(lab.ports, GAME_TABLE, (metadata) => {
      const kept = new Set([metadata['current-snapshot-id'], metadata.refs?.[APPLIED_TAG]?.['snapshot-id']]);
      return { ...metadata, snapshots: metadata.snapshots.filter((one) => kept.has(one['snapshot-id'])) };
    });
    for (const again of [first, records('aaaaaa')]) await lab.land(again);
    expect(await lab.commit()).toMatchObject({ parked: [] });
    await lab.land(records('b', { offset: 6 }));
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(texts([...records('aaaaaa'), ...records('b', { offset: 6 })]));
    expect((await audit(lab.ports)).clean).toBe(true);
  });

  it('every commit makes visible all that was staged before it (#11796)', async () => {
    const lab = makeLab();
    const landed: Parameters<typeof rowText>[0][] = [];
    for (let interval = 0; interval < 12; interval++) {
      for (const partition of [0, 1, 2]) {
        const batch = records('ab', { partition, offset: interval * 2 });
        await lab.land(batch);
        landed.push(...batch);
      }
      await lab.commit();
      expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(texts(landed));
    }
  });
});
