// The commands as a person meets them: the real process, its output and its exit code.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTRACT, landedRows, makeProject, readings, runFirn } from './run-firn.ts';

interface Summary {
  readonly accepted: number;
  readonly quarantined: number;
  readonly filtered: number;
  readonly alreadyLanded: number;
  readonly records: number;
  readonly snapshots: number;
  readonly quarantinedByRule: Readonly<Record<string, number>>;
  readonly inputs: readonly { readonly source: string; readonly format: string }[];
}

describe('firn, used wrongly', { timeout: 180_000 }, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await makeProject();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('says what was meant and exits with 2', async () => {
    const cases: readonly (readonly [string[], RegExp])[] = [
      [[], /usage {2}firn <command>/],
      [['lnad', 'x'], /no command "lnad" \(did you mean land\?\)/],
      [['land'], /needs more: firn land CONTRACT INPUT…/],
      [['land', 'readings', 'x', '--fromat', 'events'], /no option --fromat \(did you mean --format\?\)/],
      [['land', 'readings', 'x', '--format', 'avro'], /must be one of events, records, lambda; got "avro"/],
      [['land', 'readings', 'x', '--source'], /--source needs a value/],
      [['land', 'readings', 'x', '--source', ''], /--source needs a value/],
      [['tables', '--warehouse', ''], /--warehouse needs a value: --warehouse PLACE/],
      [['tables', 'extra'], /takes no "extra"/],
      [['audit'], /needs a table, a contract or --all/],
      [['query', '--json', 'select 1', '--format', 'csv'], /--json and --format disagree/],
      [
        ['tables', '--catalog', 'glue'],
        /--catalog glue needs a warehouse on S3: none was given\n\s+→ .*--catalog glue --warehouse s3:\/\//,
      ],
      [['tables', '--catalog', 'glue', '--warehouse', 'lake'], /--catalog glue needs a warehouse on S3: got "lake"/],
      [['tables', '--warehouse', 's3://bucket/lake'], /needs its catalog: got "s3:\/\/bucket\/lake".*\n\s+→ add --catalog glue/],
      [['land', 'readings', 'x', '--catalog', 'local', '--warehouse', 's3://bucket/lake'], /needs its catalog/],
      [['tables', '--catalog', 'glue', '--warehouse', 's3://Bucket_/lake'], /cannot keep a warehouse in "s3:\/\/Bucket_\/lake"/],
      [['tables', '--catalog', 'glue', '--warehouse', 's3://bucket/a//b'], /cannot keep a warehouse in/],
      [['tables', '--warehouse', 'gs://bucket/lake'], /cannot keep a warehouse in "gs:/],
      [['demo', '--catalog', 'glue', '--warehouse', 's3://bucket/lake'], /firn demo fills a warehouse directory/],
    ];
    const runs = await Promise.all(cases.map(([args]) => runFirn(args, { cwd: folder })));
    for (const [i, run] of runs.entries()) {
      const [args, expected] = cases[i]!;
      expect(run.stderr, args.join(' ')).toMatch(expected);
      expect(run.stderr, args.join(' ')).not.toMatch(/\n\s+at /);
      expect(run.code, args.join(' ')).toBe(2);
    }
  });

  it('explains every command with examples, and its version', async () => {
    const overview = await runFirn(['help'], { cwd: folder });
    expect(overview.code).toBe(0);
    const names = [...overview.stdout.matchAll(/^ {2}([\w-]+) {2,}/gm)].map((match) => match[1]!).filter((name) => name !== 'help');
    expect(names).toEqual([
      'demo',
      'check',
      'land',
      'run',
      'tables',
      'show',
      'query',
      'audit',
      'quarantine',
      'redrive',
      'maintain',
      'recover',
      'deploy-plan',
    ]);
    for (const run of await Promise.all(names.map((name) => runFirn([name, '--help'], { cwd: folder })))) {
      expect(run.code).toBe(0);
      expect(run.stdout).not.toMatch(/ $/m);
      expect(run.stdout).toMatch(/usage {2}firn [\w-]+[\s\S]*examples\n {2}firn \w+/);
    }
    expect((await runFirn(['--version'], { cwd: folder })).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('with --json a failure too is one document on standard output', async () => {
    const run = await runFirn(['tables', '--json', '--warehouse', 'nowhere'], { cwd: folder });
    expect(run.code).toBe(3);
    expect(run.json()).toMatchObject({ error: { name: 'InputRefusedError', code: 'no-warehouse' } });
    expect(run.stderr).toMatch(/no warehouse in nowhere: expected .*nowhere\/catalog\.db; name another with --warehouse/);
    expect(existsSync(`${folder}/nowhere`)).toBe(false);
  });

  it('a stack trace appears only with FIRN_DEBUG=1', async () => {
    const args = ['land', 'readings', 'missing.ndjson'];
    expect((await runFirn(args, { cwd: folder })).stderr).not.toMatch(/\n\s+at /);
    expect((await runFirn(args, { cwd: folder, env: { FIRN_DEBUG: '1' } })).stderr).toMatch(/\n\s+at /);
  });
});

describe('firn check', { timeout: 180_000 }, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await makeProject();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('names file, line and column of every mistake and exits with 1', async () => {
    const broken = CONTRACT.replace('logicalType: integer, required: true', 'logicalType: intger, required: true').replace(
      'maxLength: 40',
      'maxLength: -4',
    );
    writeFileSync(`${folder}/broken.odcs.yaml`, broken);
    const run = await runFirn(['check', 'broken.odcs.yaml'], { cwd: folder });
    expect(run.code).toBe(1);
    const lineOf = (text: string) => broken.split('\n').findIndex((line) => line.includes(text)) + 1;
    expect(run.stdout).toMatch(new RegExp(`broken\\.odcs\\.yaml:${lineOf('intger')}:\\d+ error `));
    expect(run.stdout).toMatch(new RegExp(`broken\\.odcs\\.yaml:${lineOf('maxLength: -4')}:\\d+ error `));
    const landing = await runFirn(['land', 'broken.odcs.yaml', 'broken.odcs.yaml'], { cwd: folder });
    expect(landing.code).toBe(3);
    expect(landing.stderr).toMatch(/the contract broken\.odcs\.yaml is broken:\n.*broken\.odcs\.yaml:\d+:\d+ error/);
    expect(existsSync(`${folder}/warehouse`)).toBe(false);
  });

  it('writes field ids only when asked, and says when they are missing', async () => {
    mkdirSync(`${folder}/new`);
    writeFileSync(
      `${folder}/new/readings.odcs.yaml`,
      CONTRACT.replace('urn:firn:lab:readings', 'urn:other').replace('domain: lab', 'domain: other'),
    );
    const before = await runFirn(['check', 'new', '--json'], { cwd: folder });
    expect(before.code).toBe(1);
    expect(before.json()).toMatchObject({
      ok: false,
      contracts: [{ findings: [{ rule: 'field-ids', remedy: 'run firn check --write-ids and commit the file' }] }],
    });
    expect(existsSync(`${folder}/new/readings.ids.json`)).toBe(false);
    expect((await runFirn(['land', 'new', 'x'], { cwd: folder })).stderr).toMatch(/fields without an id.*firn check --write-ids/);
    expect((await runFirn(['check', 'new', '--write-ids'], { cwd: folder })).code).toBe(0);
    const ids = readFileSync(`${folder}/new/readings.ids.json`, 'utf8');
    expect((JSON.parse(ids) as { ids: Record<string, number> }).ids).toMatchObject({ id: 1, note: 2 });
    expect((await runFirn(['check', 'new', '--write-ids'], { cwd: folder })).code).toBe(0);
    expect(readFileSync(`${folder}/new/readings.ids.json`, 'utf8')).toBe(ids);
  });

  it('two contracts of one table are told apart before they fight', async () => {
    mkdirSync(`${folder}/twice`);
    for (const name of ['one', 'two']) writeFileSync(`${folder}/twice/${name}.odcs.yaml`, CONTRACT);
    const run = await runFirn(['check', 'twice'], { cwd: folder });
    expect(run.code).toBe(1);
    expect(run.stdout).toMatch(/twice\/two\.odcs\.yaml:1:1 error clash: the table lab\.readings is already that of twice\/one\.odcs\.yaml/);
  });

  it('compares with the tables that are deployed', async () => {
    writeFileSync(`${folder}/a.ndjson`, readings(0, 3));
    expect((await runFirn(['land', 'readings', 'a.ndjson'], { cwd: folder })).code).toBe(0);
    expect((await runFirn(['check'], { cwd: folder })).stdout).toMatch(/lab\.readings: deployed, nothing to change/);
    const path = `${folder}/schemas/lab/readings.odcs.yaml`;
    writeFileSync(path, CONTRACT.replace('      - {name: tags', '      - {name: unit, logicalType: string}\n      - {name: tags'));
    expect((await runFirn(['check', '--write-ids'], { cwd: folder })).stdout).toMatch(/the next landing adds unit/);
    writeFileSync(
      path,
      CONTRACT.replace('name: note, logicalType: string', 'name: note, logicalType: integer').replace(
        ', logicalTypeOptions: {maxLength: 40}',
        '',
      ),
    );
    const narrowed = await runFirn(['check', '--write-ids'], { cwd: folder });
    expect(narrowed.stdout).toMatch(/error deployed: the deployed table lab\.readings cannot follow the contract: column note is string/);
    expect(narrowed.code).toBe(1);
  });

  it('a missing path and an empty folder are named', async () => {
    mkdirSync(`${folder}/nothing`);
    for (const [path, expected] of [
      ['nope', /cannot read nope: there is no such file or folder/],
      ['nothing', /there are no contracts \(\*\.odcs\.yaml\) in nothing/],
    ] as const) {
      const run = await runFirn(['check', path], { cwd: folder });
      expect(run.stderr).toMatch(expected);
      expect(run.code).toBe(3);
    }
  });
});

describe('firn land', { timeout: 180_000 }, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await makeProject();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('lands a file, lands it again without adding anything, and lands the tail of the file when it grew', async () => {
    const land = async () =>
      (await runFirn(['land', 'readings', 'day.ndjson', '--json', '--warehouse', 'w1'], { cwd: folder })).json<Summary>();
    const bad = '{"id": "seven", "at": "2026-01-01T00:00:00Z"}\n{"id": 8}\nnot json\n';
    writeFileSync(`${folder}/day.ndjson`, readings(0, 5) + bad);
    const first = await land();
    expect(first).toMatchObject({
      records: 8,
      accepted: 5,
      quarantined: 3,
      filtered: 0,
      alreadyLanded: 0,
      quarantinedByRule: { type: 1, required: 1, 'not-json': 1 },
    });
    const snapshots = await snapshotIds(folder, 'w1');
    expect(await land()).toMatchObject({ records: 8, accepted: 0, quarantined: 0, alreadyLanded: 8, snapshots: 0 });
    expect(await snapshotIds(folder, 'w1')).toEqual(snapshots);
    writeFileSync(`${folder}/day.ndjson`, readings(0, 5) + bad + readings(8, 11));
    expect(await land()).toMatchObject({ records: 11, accepted: 3, quarantined: 0, alreadyLanded: 8 });
    const rows = await landedRows(folder, 'w1');
    expect(rows.map(({ id, line }) => [id, line])).toEqual([0, 1, 2, 3, 4, 8, 9, 10].map((id) => [id, id]));
    expect((await runFirn(['audit', '--all', '--warehouse', 'w1'], { cwd: folder })).code).toBe(0);
  });

  it('a byte order mark counts only at the beginning of a file: landed whole or line by line, the same lines are quarantined', async () => {
    const lines = ['\ufeff', '\ufeff', '', '\ufeff'].map((mark, i) => `${mark}${readings(i, i + 1)}`);
    writeFileSync(`${folder}/whole.ndjson`, lines.join(''));
    const whole = (await runFirn(['land', 'readings', 'whole.ndjson', '--warehouse', 'marked', '--json'], { cwd: folder })).json<Summary>();
    const parts: Summary[] = [];
    for (let end = 1; end <= lines.length; end++) {
      writeFileSync(`${folder}/marks.ndjson`, lines.slice(0, end).join(''));
      const args = ['land', 'readings', 'marks.ndjson', '--source', 'parts', '--warehouse', 'marked', '--json'];
      parts.push((await runFirn(args, { cwd: folder })).json<Summary>());
    }
    expect(parts.map(({ accepted, quarantined }) => [accepted, quarantined])).toEqual([
      [1, 0],
      [0, 1],
      [1, 0],
      [0, 1],
    ]);
    expect([whole.accepted, whole.quarantined]).toEqual([2, 2]);
    const rows = await landedRows(folder, 'marked');
    expect(rows.map(({ id, line, source_id: source }) => [source.split('/')[0], id, line])).toEqual([
      ['parts', 0, 0],
      ['parts', 2, 2],
      ['whole.ndjson', 0, 0],
      ['whole.ndjson', 2, 2],
    ]);
  });

  it('another file, a shorter one and one whose last line grew are refused under a name that landed, with the remedy', async () => {
    const land = (...more: string[]) => runFirn(['land', 'readings', 'w2.ndjson', '--warehouse', 'w2', ...more], { cwd: folder });
    writeFileSync(`${folder}/w2.ndjson`, readings(0, 4).trimEnd());
    expect((await land()).code).toBe(0);
    for (const [text, problem] of [
      [readings(1, 9), /its first 4 lines are not those that landed under this name/],
      [readings(0, 3), /it has only \d+ of the \d+ bytes that landed/],
      [`${readings(0, 4).trimEnd()} \n`, /its line 4 landed before it was finished and has grown since/],
    ] as const) {
      writeFileSync(`${folder}/w2.ndjson`, text);
      const run = await land();
      expect(run.stderr).toMatch(problem);
      expect(run.stderr).toMatch(/Land it under a name of its own: --source NAME/);
      expect(run.code).toBe(3);
    }
    expect(await landedRows(folder, 'w2')).toHaveLength(4);
    // The line end that the last line was missing, and more lines, are the same file grown.
    writeFileSync(`${folder}/w2.ndjson`, readings(0, 6));
    expect((await land('--json')).json<Summary>()).toMatchObject({ accepted: 2, alreadyLanded: 4 });
    writeFileSync(`${folder}/w2.ndjson`, readings(20, 22));
    expect((await land('--json', '--source', 'another')).json<Summary>()).toMatchObject({ accepted: 2, inputs: [{ source: 'another' }] });
  });

  it('a growing file keeps its unfinished last line for the next landing', async () => {
    const land = async () =>
      (await runFirn(['land', 'readings', 'log', '--growing', '--json', '--warehouse', 'w3'], { cwd: folder })).json<Summary>();
    const text = readings(0, 3);
    writeFileSync(`${folder}/log`, text.slice(0, -20));
    expect(await land()).toMatchObject({ accepted: 2, quarantined: 0 });
    writeFileSync(`${folder}/log`, text);
    expect(await land()).toMatchObject({ accepted: 1, quarantined: 0, alreadyLanded: 2 });
  });

  it('folders and compressed files are landed under their relative names, whatever the names say of compression', async () => {
    mkdirSync(`${folder}/in/deep`, { recursive: true });
    writeFileSync(`${folder}/in/a.ndjson.gz`, Buffer.concat([gzipSync(readings(0, 2)), gzipSync(readings(2, 4))]));
    writeFileSync(`${folder}/in/b.log`, Buffer.concat([zstdCompressSync(readings(4, 6)), zstdCompressSync(readings(6, 9))]));
    writeFileSync(`${folder}/in/deep/ü c=1 %20.ndjson`, `\ufeff${readings(9, 10).replace('\n', '\r\n')}`);
    writeFileSync(`${folder}/in/.hidden`, 'not landed');
    const run = await runFirn(['land', 'readings', 'in', '--json', '--warehouse', 'w4'], { cwd: folder });
    expect(run.json<Summary>()).toMatchObject({ accepted: 10, quarantined: 0 });
    expect(run.json<Summary>().inputs.map(({ source }) => source)).toEqual(['a.ndjson.gz', 'b.log', 'deep/ü c=1 %20.ndjson']);
    const rows = await landedRows(folder, 'w4');
    expect(rows.map(({ id, line }) => [id, line])).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 0],
      [5, 1],
      [6, 2],
      [7, 3],
      [8, 4],
      [9, 0],
    ]);
  });

  it('Kafka records and Lambda events are recognised and land once, in any cut', async () => {
    const record = (offset: number, id: number) => ({
      topic: 'lab.readings',
      partition: 2,
      offset,
      timestamp: 1_767_225_600_000 + offset,
      timestampType: 'CREATE_TIME',
      key: null,
      value: Buffer.from(readings(id, id + 1).trimEnd()).toString('base64'),
      headers: [],
    });
    const records = Array.from({ length: 6 }, (_, i) => record(100 + i, i));
    writeFileSync(`${folder}/records.ndjson`, records.map((one) => `${JSON.stringify(one)}\n`).join(''));
    const event = (some: readonly object[]) =>
      JSON.stringify({ eventSource: 'aws:kafka', eventSourceArn: 'arn', bootstrapServers: 'b', records: { 'lab.readings-2': some } });
    writeFileSync(`${folder}/events.json`, `${event(records.slice(2, 5))}\n${event([...records.slice(5), record(106, 6)])}\n`);
    const land = async (input: string) =>
      (await runFirn(['land', 'readings', input, '--json', '--warehouse', 'w5'], { cwd: folder })).json<Summary>();
    expect(await land('records.ndjson')).toMatchObject({ accepted: 6, alreadyLanded: 0, inputs: [{ format: 'records' }] });
    const files = () => readdirSync(`${folder}/w5`, { recursive: true }).sort();
    const before = files();
    expect(await land('records.ndjson')).toMatchObject({ accepted: 0, alreadyLanded: 6, snapshots: 0 });
    expect(files()).toEqual(before);
    expect(await land('events.json')).toMatchObject({ accepted: 1, alreadyLanded: 4, inputs: [{ format: 'lambda' }] });
    expect((await landedRows(folder, 'w5')).map(({ id, line }) => [id, line])).toEqual(Array.from({ length: 7 }, (_, i) => [i, 100 + i]));
    expect((await runFirn(['audit', 'readings', '--warehouse', 'w5'], { cwd: folder })).code).toBe(0);
  });

  it('records at known offsets with other timestamps park the source: nothing is dropped, and the person is told', async () => {
    const text = (shiftMs: number) =>
      [0, 1, 2]
        .map(
          (i) =>
            `${JSON.stringify({ topic: 'lab.readings', partition: 0, offset: i, timestamp: 1_767_225_600_000 + i + shiftMs, timestampType: 'CREATE_TIME', key: null, value: Buffer.from(readings(i, i + 1)).toString('base64'), headers: [] })}\n`,
        )
        .join('');
    writeFileSync(`${folder}/first`, text(0));
    writeFileSync(`${folder}/recreated`, text(5));
    expect((await runFirn(['land', 'readings', 'first', '--warehouse', 'w9'], { cwd: folder })).code).toBe(0);
    const run = await runFirn(['land', 'readings', 'recreated', '--warehouse', 'w9'], { cwd: folder });
    expect([run.code, run.stdout]).toEqual([3, expect.stringMatching(/parked lab\.readings\/lab\.readings\/1: /)]);
    expect(await landedRows(folder, 'w9')).toHaveLength(3);
    const audit = await runFirn(['audit', '--all', '--warehouse', 'w9'], { cwd: folder });
    expect([audit.code, audit.stdout]).toEqual([1, expect.stringMatching(/parked: lab\.readings/)]);
  });

  it('bad records never stop good ones: garbage, empty lines and huge lines are quarantined with their reasons', async () => {
    const garbage = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 7919 + 13) % 256).map((byte) => (byte === 10 ? 0 : byte)));
    const huge = `{"id": 1, "note": "${'x'.repeat(3_000_000)}"}`;
    writeFileSync(`${folder}/garbage`, Buffer.concat([garbage, Buffer.from(`\n\n${huge}\n${readings(7, 8)}`)]));
    const run = await runFirn(['land', 'readings', 'garbage', '--json', '--warehouse', 'w6'], { cwd: folder });
    expect(run.json<Summary>()).toMatchObject({
      records: 4,
      accepted: 1,
      quarantined: 3,
      quarantinedByRule: { 'empty-value': 1, oversize: 1 },
    });
    const why = await runFirn(['quarantine', 'readings', '--warehouse', 'w6'], { cwd: folder });
    expect(why.stdout).toMatch(/oversize .*garbage\/lab\.readings\/1\[0\] 2/);
    expect(why.stdout).not.toContain('xxxx');
    const values = await runFirn(['quarantine', 'readings', '--rule', 'oversize', '--values', '--json', '--warehouse', 'w6'], {
      cwd: folder,
    });
    expect(values.json()).toMatchObject({ records: 1, rules: [{ rule: 'oversize', count: 1, examples: [{ offset: 2, value: huge }] }] });
    const unknown = await runFirn(['quarantine', 'readings', '--rule', 'oversise', '--warehouse', 'w6'], { cwd: folder });
    expect(unknown.stdout).toContain('nothing in lab.readings__quarantine by the rule oversise (did you mean oversize?)');
    expect(unknown.stdout).toMatch(/its records are there by .*empty-value/);
  });

  it('inputs that cannot be read are refused before anything is landed', async () => {
    writeFileSync(`${folder}/good`, readings(0, 1));
    writeFileSync(`${folder}/cut.gz`, gzipSync(readings(0, 1000)).subarray(0, 300));
    mkdirSync(`${folder}/empty`, { recursive: true });
    for (const [args, expected] of [
      [['missing'], /cannot read missing: there is no such file or folder/],
      [['good/below'], /cannot read good\/below: there is no such file or folder/],
      [['empty'], /nothing to land in empty: the folder has no files/],
      [['good', 'missing'], /cannot read missing/],
      [['/dev/null'], /not a regular file/],
    ] as const) {
      const run = await runFirn(['land', 'readings', ...args, '--warehouse', 'w7'], { cwd: folder });
      expect(run.stderr, args.join(' ')).toMatch(expected);
      expect(run.code, args.join(' ')).toBe(3);
      expect(existsSync(`${folder}/w7/lab/readings/data`), args.join(' ')).toBe(false);
    }
    const cut = await runFirn(['land', 'readings', 'cut.gz', '--warehouse', 'w7'], { cwd: folder });
    expect(cut.stderr).toMatch(/cannot read .*cut\.gz: its compressed data ends early; replace it/);
    expect(cut.code).toBe(3);
    expect((await runFirn(['land', 'nothing-such', 'good'], { cwd: folder })).stderr).toMatch(
      /there is no contract nothing-such: known are lab\/readings/,
    );
    const several = await runFirn(['land', 'readings', 'good', 'cut.gz', '--source', 'one'], { cwd: folder });
    expect([several.code, several.stderr]).toEqual([2, expect.stringMatching(/--source names one input, got 2/)]);
  });

  it('--no-commit stages, and the next landing commits what was staged', async () => {
    writeFileSync(`${folder}/one`, readings(0, 3));
    writeFileSync(`${folder}/two`, readings(3, 5));
    const staged = await runFirn(['land', 'readings', 'one', '--no-commit', '--json', '--warehouse', 'w8'], { cwd: folder });
    expect(staged.json()).toMatchObject({ committed: false, accepted: 3 });
    expect(await landedRows(folder, 'w8')).toHaveLength(0);
    const run = await runFirn(['land', 'readings', 'one', 'two', '--json', '--warehouse', 'w8'], { cwd: folder });
    expect(run.json<Summary>()).toMatchObject({ accepted: 2, alreadyLanded: 3 });
    expect(await landedRows(folder, 'w8')).toHaveLength(5);
  });

  it('a warehouse that cannot be written is refused with the path and the remedy', async () => {
    writeFileSync(`${folder}/fine`, readings(0, 1));
    writeFileSync(`${folder}/file`, '');
    const below = await runFirn(['land', 'readings', 'fine', '--warehouse', 'file/below'], { cwd: folder });
    expect([below.code, below.stderr]).toEqual([3, expect.stringMatching(/cannot write .*file\/below.*a part of the path is a file/)]);
    const hash = await runFirn(['land', 'readings', 'fine', '--warehouse', 'with#hash'], { cwd: folder });
    expect([hash.code, hash.stderr]).toEqual([3, expect.stringMatching(/cannot keep a warehouse in .*with#hash.*PyIceberg/)]);
    const long = await runFirn(['land', 'readings', 'fine', '--warehouse', 'd'.repeat(300)], { cwd: folder });
    expect([long.code, long.stderr]).toEqual([3, expect.stringMatching(/^firn: cannot open the warehouse .*use shorter names/)]);
    mkdirSync(`${folder}/locked`);
    chmodSync(`${folder}/locked`, 0o500);
    // The superuser may write everywhere; everybody else is told.
    if (process.getuid?.() === 0) return;
    const locked = await runFirn(['land', 'readings', 'fine', '--warehouse', 'locked/w'], { cwd: folder });
    expect([locked.code, locked.stderr]).toEqual([3, expect.stringMatching(/permission denied; give this user write access/)]);
  });
});

describe('firn tables, show, query and audit', { timeout: 180_000 }, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await makeProject();
    writeFileSync(`${folder}/a.ndjson`, `${readings(0, 6)}[]\n`);
    expect((await runFirn(['land', 'readings', 'a.ndjson'], { cwd: folder })).code).toBe(0);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('tables and show tell rows, files, schema, snapshots and the ledger', async () => {
    const tables = (await runFirn(['tables', '--json'], { cwd: folder })).json<{
      tables: { table: string; rows: number; files: number }[];
    }>();
    expect(tables.tables.map(({ table, rows }) => [table, rows])).toEqual([
      ['lab.readings', 6],
      ['lab.readings__quarantine', 1],
    ]);
    const show = (await runFirn(['show', 'readings', '--json'], { cwd: folder })).json();
    expect(show).toMatchObject({
      table: 'lab.readings',
      liveRows: 6,
      contract: 'lab.readings',
      snapshots: [{ isCurrent: true, totalRows: 6 }],
      ledger: { entriesUnapplied: 0 },
    });
    const text = await runFirn(['show', 'lab.readings'], { cwd: folder });
    expect(text.stdout).toMatch(/rows +6 in 3 files/);
    expect(text.stdout).toMatch(/freshness +committed [\d.]+ m?s ago, event times up to \d{4}-\d\d-\d\dT[\d:.]+Z\n/);
    expect(text.stdout).toMatch(/partition +day\(at\)/);
    expect(text.stdout).toMatch(/tags +list<string>/);
    const missing = await runFirn(['show', 'reading'], { cwd: folder });
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringMatching(/no table reading \(did you mean readings\?\)/)]);
  });

  it('a query answers in three formats and shows its mistakes', async () => {
    const sql = 'select id, tags[2] as tag from readings where id < 2 order by id';
    expect((await runFirn(['query', sql, '--format', 'csv'], { cwd: folder })).stdout).toBe('id,tag\n0,0\n1,1\n');
    expect((await runFirn(['query', sql, '--json'], { cwd: folder })).json()).toEqual([
      { id: 0, tag: '0' },
      { id: 1, tag: '1' },
    ]);
    writeFileSync(`${folder}/q.sql`, sql);
    expect((await runFirn(['query', '--file', 'q.sql'], { cwd: folder })).stdout.split('\n').slice(0, 3)).toEqual([
      'id  tag',
      '──  ───',
      ' 0  0',
    ]);
    const wrong = await runFirn(['query', 'select nothing from readings'], { cwd: folder });
    expect([wrong.code, wrong.stderr]).toEqual([3, expect.stringMatching(/the query failed: Binder Error/)]);
  });

  it('a table whose data file is gone is named by a query, and its quarantine is still read', async () => {
    const warehouse = `${folder}/gone`;
    expect((await runFirn(['land', 'readings', 'a.ndjson', '--warehouse', warehouse], { cwd: folder })).code).toBe(0);
    rmSync(`${warehouse}/lab/readings/data`, { recursive: true });
    const query = await runFirn(['query', 'select count(*) from lab.readings', '--warehouse', warehouse], { cwd: folder });
    expect([query.code, query.stderr]).toEqual([
      3,
      expect.stringMatching(/^firn: lab\.readings cannot be read: live data file is missing: .*firn audit lab\.readings/),
    ]);
    expect(query.stderr).not.toContain('unexpected');
    const quarantine = await runFirn(['quarantine', 'readings', '--warehouse', warehouse], { cwd: folder });
    expect([quarantine.code, quarantine.stderr]).toEqual([0, '']);
  });

  it('an audit says no when rows are gone, and exits with 1', async () => {
    const clean = await runFirn(['audit', 'lab.readings', '--json'], { cwd: folder });
    expect([clean.code, clean.json()]).toEqual([0, expect.objectContaining({ clean: true })]);
    const { metadataLocation } = (await runFirn(['show', 'readings', '--json'], { cwd: folder })).json<{ metadataLocation: string }>();
    const files = (
      await runFirn(
        ['query', 'select distinct filename from read_parquet($$warehouse/lab/readings/data/**/*.parquet$$, filename=true)', '--json'],
        { cwd: folder },
      )
    ).json<{ filename: string }[]>();
    expect(metadataLocation).toMatch(/^file:\/\//);
    rmSync(`${folder}/${files[0]!.filename}`);
    const broken = await runFirn(['audit', '--all'], { cwd: folder });
    expect(broken.code).toBe(1);
    expect(broken.stdout).toMatch(/NOT CLEAN lab\.readings/);
  });

  it('an audit of tables whose ledger is gone says no, and one of unreadable metadata names the file and exits with 3', async () => {
    rmSync(`${folder}/warehouse/_firn`, { recursive: true });
    const lost = await runFirn(['audit', '--all'], { cwd: folder });
    expect([lost.code, lost.stdout]).toEqual([1, expect.stringMatching(/✗ lab\.readings: no longer the table the ledger wrote/)]);
    const { metadataLocation } = (await runFirn(['show', 'readings', '--json'], { cwd: folder })).json<{ metadataLocation: string }>();
    writeFileSync(new URL(metadataLocation), '{"format-version":');
    const unreadable = await runFirn(['audit', '--all'], { cwd: folder });
    expect(unreadable.code).toBe(3);
    expect(unreadable.stdout.match(/NOT AUDITED/g)).toHaveLength(1);
    expect(unreadable.stdout).toContain(metadataLocation);
  });
});

async function snapshotIds(folder: string, warehouse: string): Promise<readonly string[]> {
  const show = await runFirn(['show', 'lab.readings', '--json', '--warehouse', warehouse], { cwd: folder });
  return show.json<{ snapshots: { snapshotId: string }[] }>().snapshots.map(({ snapshotId }) => snapshotId);
}
