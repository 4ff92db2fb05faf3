import { describe, expect, it } from 'vitest';
import { QUARANTINE_STRUCT, TECHNICAL_COLUMNS } from '../../../src/contract/names.ts';
import { quarantineTable } from '../../../src/contract/quarantine-table.ts';
import { compileSample, errorsOf, loadSample, sampleTable } from './sample.ts';

const id = { name: 'id', logicalType: 'string' };
const time = { name: 't', logicalType: 'timestamp' };

describe('partition and sort', () => {
  it('without an event time: by day of the Kafka timestamp, unsorted', () => {
    const table = sampleTable({ properties: [id] });
    expect(table.partition).toEqual([{ column: 'kafka_timestamp', transform: 'day', name: 'kafka_timestamp_day' }]);
    expect(table.sort).toEqual([]);
    expect(table.program.eventTime).toBeUndefined();
  });

  it('a partitioned timestamp is the event time, the default partition and the default order', () => {
    const table = sampleTable({ properties: [id, { ...time, partitioned: true }] });
    expect(table.program.eventTime).toMatchObject({ column: 't', slot: 1, maxAheadMs: null, maxBehindMs: null });
    expect(table.partition).toEqual([{ column: 't', transform: 'day', name: 't_day' }]);
    expect(table.sort).toEqual([{ column: 't', transform: 'identity', direction: 'asc', nullOrder: 'nulls-first' }]);
  });

  it('a member of a struct that is marked is partitioned by its own type', () => {
    const properties = [{ name: 's', logicalType: 'object', properties: [{ ...id, partitioned: true }, time] }];
    expect(sampleTable({ properties }).partition).toEqual([{ column: 's.id', transform: 'identity', name: 's.id' }]);
  });

  it('a default partition whose name is a column is refused', () => {
    expect(
      errorsOf({
        properties: [
          { ...time, partitioned: true },
          { name: 't_day', logicalType: 'string' },
        ],
      }),
    ).toEqual(["partition: the partition field 't_day' has the name of a column"]);
  });

  it('columns the standard marks as partitioned come by their position', () => {
    const table = sampleTable({
      properties: [
        { ...id, partitioned: true, partitionKeyPosition: 2 },
        { ...time, partitioned: true, partitionKeyPosition: 1 },
      ],
    });
    expect(table.partition.map((field) => `${field.transform} ${field.column}`)).toEqual(['day t', 'identity id']);
  });

  it.each([
    ['t', 'identity', 't', 't'],
    ['identity(t)', 'identity', 't', 't'],
    ['year(t)', 'year', 't', 't_year'],
    ['MONTHS( t )', 'month', 't', 't_month'],
    ['day(kafka_timestamp)', 'day', 'kafka_timestamp', 'kafka_timestamp_day'],
    ['hour(t)', 'hour', 't', 't_hour'],
    ['bucket(16, id)', 'bucket[16]', 'id', 'id_bucket'],
    ['bucket[16](id)', 'bucket[16]', 'id', 'id_bucket'],
    ['truncate(4,id)', 'truncate[4]', 'id', 'id_trunc'],
    ['void(id)', 'void', 'id', 'id_null'],
    ['truncate(4, id) as prefix', 'truncate[4]', 'id', 'prefix'],
    ['kafka_partition', 'identity', 'kafka_partition', 'kafka_partition'],
  ])('%s is named as Iceberg names it', (text, transform, column, name) => {
    expect(sampleTable({ properties: [id, time], table: { partition: [text] } }).partition).toEqual([{ column, transform, name }]);
  });

  it('nulls are first ascending and last descending unless said', () => {
    const { sort } = sampleTable({
      properties: [id, time],
      table: { sort: ['id', 't desc', 'id ASC NULLS LAST', 'bucket(4, id) desc nulls first'] },
    });
    expect(sort.map((field) => `${field.transform}(${field.column}) ${field.direction} ${field.nullOrder}`)).toEqual([
      'identity(id) asc nulls-first',
      'identity(t) desc nulls-last',
      'identity(id) asc nulls-last',
      'bucket[4](id) desc nulls-first',
    ]);
  });

  it('which transform goes with which type is the specification', () => {
    const types = [
      'boolean',
      'int',
      'long',
      'float',
      'double',
      'decimal(9,2)',
      'date',
      'time',
      'timestamp',
      'timestamptz',
      'timestamp_ns',
      'timestamptz_ns',
      'string',
      'uuid',
      'fixed(4)',
      'binary',
    ];
    const properties = types.map((physicalType, i) => ({ name: `c${i}`, physicalType }));
    const legal = (transform: string): string[] =>
      types.filter(
        (_, i) => errorsOf({ properties, table: { formatVersion: 3, partition: [transform.replace('x', `c${i}`)] } }).length === 0,
      );
    const stamps = ['timestamp', 'timestamptz', 'timestamp_ns', 'timestamptz_ns'];
    expect(legal('identity(x)')).toEqual(types);
    expect(legal('void(x)')).toEqual(types);
    for (const transform of ['year(x)', 'month(x)', 'day(x)']) expect(legal(transform)).toEqual(['date', ...stamps]);
    expect(legal('hour(x)')).toEqual(stamps);
    expect(legal('bucket(4, x)')).toEqual(types.filter((type) => !['boolean', 'float', 'double'].includes(type)));
    expect(legal('truncate(4, x)')).toEqual(['int', 'long', 'decimal(9,2)', 'string', 'binary']);
  });
});

describe('event time', () => {
  it.each([
    ['10m', 600_000],
    ['30d', 30 * 86_400_000],
    ['1h30m', 5_400_000],
    ['250ms', 250],
    ['2w', 14 * 86_400_000],
    ['PT10M', 600_000],
    ['P30D', 30 * 86_400_000],
    ['P1DT2H3M4.5S', 86_400_000 + 2 * 3_600_000 + 3 * 60_000 + 4500],
    [null, null],
  ])('a bound of %s', (text, ms) => {
    const table = sampleTable({ properties: [time], firn: { eventTime: { column: 't', maxAhead: text, maxBehind: text } } });
    expect(table.program.eventTime).toMatchObject({ maxAheadMs: ms, maxBehindMs: ms });
  });

  it.each(['10', '-1m', 'P', 'PT', '1y', '10 m', '999999999999w'])('%s is no bound', (text) => {
    expect(errorsOf({ properties: [time], firn: { eventTime: { column: 't', maxAhead: text } } })[0]).toContain('expected a duration');
  });

  it('may be a member of a struct', () => {
    const properties = [id, { name: 's', logicalType: 'object', properties: [{ name: 'a', logicalType: 'string' }, time] }];
    expect(sampleTable({ properties, firn: { eventTime: { column: 's.t' } } }).program.eventTime).toMatchObject({ column: 's.t', slot: 3 });
  });
});

describe('technical columns', () => {
  const names = (parts: Parameters<typeof sampleTable>[0]): readonly string[] =>
    sampleTable(parts).program.struct.fields.map((field) => field.name);

  it('follow the contract, the captured members first', () => {
    expect(names({ properties: [id] })).toEqual(['id', 'undeclared', ...TECHNICAL_COLUMNS]);
    expect(names({ properties: [id], firn: { undeclared: 'ignore' } })).toEqual(['id', ...TECHNICAL_COLUMNS]);
    expect(names({ properties: [id], table: { omit: ['kafka_topic', 'ingested_at'] } })).toEqual([
      'id',
      'undeclared',
      ...TECHNICAL_COLUMNS.slice(0, 4),
    ]);
  });

  it('the position of a record is required', () => {
    const { struct, technical } = sampleTable({ properties: [id] }).program;
    const required = struct.fields.filter((field) => field.required).map((field) => field.name);
    expect(required).toEqual(['source_id', 'kafka_partition', 'kafka_offset', 'kafka_timestamp']);
    expect(technical).toEqual({
      undeclared: 1,
      sourceId: 2,
      kafkaPartition: 3,
      kafkaOffset: 4,
      kafkaTimestamp: 5,
      kafkaTopic: 6,
      ingestedAt: 7,
    });
  });
});

describe('sources', () => {
  it('are named by their topic, in generation 1, with the default limit', () => {
    const contract = compileSample({ properties: [id] });
    expect(contract.sources).toEqual([{ name: 'sample', topic: 'sample', generation: 1, format: 'json' }]);
    expect(contract.tables[0]!.program).toMatchObject({ maxBytes: 1_048_576, tombstones: 'filter' });
  });

  it.each([
    [65536, 65536],
    ['64 KiB', 65536],
    ['64KiB', 65536],
    ['1 MB', 1_000_000],
    ['16 MiB', 16_777_216],
    ['100', 100],
  ])('a limit of %s is %d bytes', (maxBytes, bytes) => {
    expect(sampleTable({ properties: [id], source: { topic: 'a', maxBytes } }).program.maxBytes).toBe(bytes);
  });
});

describe('names', () => {
  it('the contract is named by namespace and file, the table by the schema object or firn.table', () => {
    expect(compileSample({ properties: [id] })).toMatchObject({
      name: 'test.sample',
      tables: [{ identifier: { namespace: 'test', name: 'sample' } }],
    });
    expect(compileSample({ properties: [id], table: { name: 'lab.other' } })).toMatchObject({
      name: 'lab.sample',
      tables: [{ identifier: { namespace: 'lab', name: 'other' } }],
    });
  });

  it('the quarantine table is implied', () => {
    const table = sampleTable({ properties: [id], table: { formatVersion: 3 } });
    expect(quarantineTable(table)).toMatchObject({
      identifier: { namespace: 'test', name: 'sample__quarantine' },
      struct: QUARANTINE_STRUCT,
      partition: [{ column: 'quarantined_at', transform: 'day', name: 'quarantined_at_day' }],
      formatVersion: 3,
    });
  });
});

describe('rules and variants', () => {
  it('a row rule is compiled with its policy; a filter too', () => {
    const { rules, filter } = sampleTable({
      properties: [id],
      quality: [{ id: 'r', type: 'custom', engine: 'cel', implementation: "id != 'x'", severity: 'warning' }],
      firn: { filter: "id == 'test'" },
    }).program;
    expect(rules).toMatchObject([{ rule: 'r', onFailure: 'warn', mode: 'enforce', source: "id != 'x'", expr: { op: '!=' } }]);
    expect(filter).toMatchObject({ source: "id == 'test'", expr: { op: '==' } });
  });

  it('a variant says when it holds and where its columns are', () => {
    const { variants } = sampleTable({
      properties: [id, time],
      firn: {
        variants: [
          {
            name: 'old',
            when: { v: 1, 'meta.kind': ['a', null] },
            properties: { t: { path: 'time', format: 'epoch-millis' }, id: { clean: ['trim'] } },
          },
          { name: 'rest', when: {} },
        ],
      },
    }).program;
    expect(variants[0]).toEqual({
      name: 'old',
      when: [
        { path: ['v'], values: [1] },
        { path: ['meta', 'kind'], values: ['a', null] },
      ],
      columns: new Map<string, unknown>([
        ['t', { paths: [['time']], timeFormats: [{ kind: 'epoch', unit: 'millis' }] }],
        ['id', { clean: ['trim'] }],
      ]),
    });
    expect(variants[1]).toEqual({ name: 'rest', when: [], columns: new Map() });
  });

  it('all problems of a contract are found at once', () => {
    const result = loadSample({
      properties: [
        { name: 'a-b', logicalType: 'string' },
        { name: 'b', logicalType: 'strng' },
        { name: 'c', logicalType: 'integer', logicalTypeOptions: { minimum: 0.5 } },
      ],
      quality: [{ id: 'r', type: 'custom', engine: 'cel', implementation: 'd > 1' }],
      table: { formatVersion: 9, sort: ['zz'] },
      source: { topic: 'a b' },
    });
    expect(result.ok ? [] : [...result.findings.map((finding) => finding.rule)].sort()).toEqual([
      'cel',
      'column-name',
      'constant',
      'format-version',
      'logical-type',
      'source',
      'transform',
    ]);
  });
});
