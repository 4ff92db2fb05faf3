// The demo: real data, nothing downloaded, well under a minute, nothing added by a second run.
import { rmSync } from 'node:fs';
import { mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runFirn } from './run-firn.ts';

interface Demo {
  readonly clean: boolean;
  readonly landed: readonly {
    readonly table: string;
    readonly records: number;
    readonly accepted: number;
    readonly quarantined: number;
    readonly alreadyLanded: number;
    readonly snapshots: number;
  }[];
  readonly again: { readonly accepted: number; readonly alreadyLanded: number };
  readonly answers: readonly { readonly rows: readonly object[] }[];
  readonly rejected: { readonly rows: readonly { readonly records: number; readonly rule: string }[] };
}

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(`${tmpdir()}/firn-demo-`));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('firn demo lands, asks, shows what was rejected, audits, and a second run adds nothing', { timeout: 180_000 }, async () => {
  const first = await runFirn(['demo', '--json'], { cwd: folder });
  expect(first.code, first.stderr).toBe(0);
  const demo = first.json<Demo>();
  expect(demo.clean).toBe(true);
  expect(demo.landed.map(({ table, records }) => [table, records])).toEqual([
    ['aviation.flights', 20_000],
    ['seismology.earthquakes', 1707],
    ['cinema.movies', 3201],
  ]);
  for (const { records, accepted, quarantined } of demo.landed) expect(accepted + quarantined).toBe(records);
  const quarantined = demo.landed.reduce((sum, one) => sum + one.quarantined, 0);
  expect(quarantined).toBeGreaterThan(0);
  // A record may break several rules, none breaks none.
  expect(demo.rejected.rows.reduce((sum, { records }) => sum + records, 0)).toBeGreaterThanOrEqual(quarantined);
  expect(demo.again).toMatchObject({ accepted: 0, alreadyLanded: 20_000 });
  for (const { rows } of demo.answers) expect(rows.length).toBeGreaterThan(0);
  const second = (await runFirn(['demo', '--json'], { cwd: folder })).json<Demo>();
  expect(second.landed.map(({ accepted, snapshots }) => accepted + snapshots)).toEqual([0, 0, 0]);
  expect(second.answers).toEqual(demo.answers);
  const text = await runFirn(['demo'], { cwd: folder });
  expect(text.stdout).toMatch(/nothing new: every record had landed before/);
  expect(text.stdout).toMatch(/PyIceberg\n {2}from pyiceberg\.catalog\.sql import SqlCatalog/);
});
