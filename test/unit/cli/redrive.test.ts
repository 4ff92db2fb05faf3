// `firn redrive` as a person runs it: a contract that was too strict is mended, and what it rejected lands.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeProject, runFirn } from './run-firn.ts';

describe('firn redrive', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await makeProject();
    const lines = [
      '{"id":1,"note":"short","at":"2026-01-01T00:00:00Z"}',
      `{"id":2,"note":"${'long '.repeat(12)}","at":"2026-01-01T00:00:01Z"}`,
      '{"note":"no id","at":"2026-01-01T00:00:02Z"}',
    ];
    writeFileSync(join(folder, 'in.ndjson'), `${lines.join('\n')}\n`);
    expect((await runFirn(['land', 'lab/readings', 'in.ndjson'], { cwd: folder })).stderr).toBe('');
  });

  it('plans, lands what the mended contract accepts, and leaves an audit that is clean', async () => {
    const path = join(folder, 'schemas/lab/readings.odcs.yaml');
    writeFileSync(path, readFileSync(path, 'utf8').replace('maxLength: 40', 'maxLength: 400'));
    const plan = await runFirn(['redrive', 'readings', '--plan'], { cwd: folder });
    expect(plan).toMatchObject({ code: 0, stdout: '2 quarantined records · 1 would land · 1 stay quarantined\n' });
    const filtered = await runFirn(['redrive', 'lab.readings', '--rule', 'maxLength', '--json'], { cwd: folder });
    expect(filtered.json()).toMatchObject({ examined: 1, accepted: 1, replanned: 0 });
    const audit = await runFirn(['audit', 'lab.readings', '--json'], { cwd: folder });
    expect(audit.json<{ clean: boolean }>().clean).toBe(true);
    const rows = await runFirn(['query', 'SELECT count(*) FROM lab.readings', '--format', 'csv'], { cwd: folder });
    expect(rows.stdout.trim().split('\n').at(-1)).toBe('2');
    const again = await runFirn(['redrive', 'readings'], { cwd: folder });
    expect(again.stdout).toBe('1 quarantined records · 0 landed · 1 stay quarantined\n');
  });

  it('refuses what it does not understand, by name', async () => {
    const wrong = await runFirn(['redrive', 'readings', '--from', 'yesterday'], { cwd: folder });
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('--from must be a date or a time with its zone');
    expect((await runFirn(['redrive', 'nothing'], { cwd: folder })).code).toBe(2);
  });
});
