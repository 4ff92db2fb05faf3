// `firn recover --kind ledger` as a person runs it: the ledger's folder is gone, the tables are not.
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeProject, runFirn } from './run-firn.ts';

describe('firn recover --kind ledger', () => {
  it('makes the ledger anew from the tables; the same file landed again adds nothing', async () => {
    const cwd = await makeProject();
    const line = (id: number) => `{"id":${id},"note":"n","at":"2026-01-01T00:00:0${id}Z"}\n`;
    writeFileSync(join(cwd, 'in.ndjson'), line(1) + line(2));
    expect((await runFirn(['land', 'lab/readings', 'in.ndjson'], { cwd })).code).toBe(0);
    const folder = join(cwd, 'warehouse/_firn', readdirSync(join(cwd, 'warehouse/_firn'))[0]!);
    for (const name of ['ledger', 'checkpoint', 'ledger.json']) rmSync(join(folder, name), { recursive: true, force: true });
    const refused = await runFirn(['land', 'lab/readings', 'in.ndjson'], { cwd });
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('firn recover plan --kind ledger');
    const planned = await runFirn(['recover', 'plan', 'lab.readings', '--kind', 'ledger', '--json'], { cwd });
    expect(planned.code).toBe(0);
    const applied = await runFirn(['recover', 'apply', 'lab.readings', planned.json<{ id: string }>().id], { cwd });
    expect(applied.stdout).toMatch(/^the ledger goes on after entry \d+\nnext: firn audit/);
    expect((await runFirn(['audit', 'lab.readings', '--json'], { cwd })).json()).toMatchObject({
      clean: true,
      audits: [{ sources: [{ covered: 2 }] }],
    });
    const landed = await runFirn(['land', 'lab/readings', 'in.ndjson', '--json'], { cwd });
    expect({ code: landed.code, stderr: landed.stderr }).toEqual({ code: 0, stderr: '' });
    expect((await runFirn(['audit', 'lab.readings', '--json'], { cwd })).json()).toMatchObject({
      clean: true,
      audits: [{ sources: [{ covered: 2 }] }],
    });
  });
});
