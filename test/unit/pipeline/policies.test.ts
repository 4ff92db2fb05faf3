import { describe, expect, it } from 'vitest';
import { readRow } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { QUARANTINE_STRUCT } from '../../../src/contract/names.ts';
import { packRecords } from '../../../src/decode/pack-records.ts';
import type { KafkaRecords } from '../../../src/decode/records.ts';
import { createPipeline } from '../../../src/pipeline/create-pipeline.ts';
import { quarantineColumns } from '../../../src/pipeline/quarantine-rows.ts';
import { VERDICT } from '../../../src/pipeline/types.ts';
import { outcomeOf, outcomesOf, rulesOf } from '../../support/oracle/outcome.ts';
import { type ColumnSpec, type ConstraintSpec, tableOf } from '../../support/oracle/program.ts';
import { recordsOf } from '../../support/oracle/records.ts';

const minimum = (onFailure: ConstraintSpec['onFailure'], more: Partial<ConstraintSpec> = {}) =>
  ({ kind: 'minimum', bound: 10, onFailure, ...more }) as ConstraintSpec;
const column = (name: string, ...constraints: ConstraintSpec[]): ColumnSpec => ({ name, type: 'int', constraints });

describe('what happens when a rule does not hold is what the contract says', () => {
  it.each([
    ['quarantine', 'quarantined', ['minimum@a']],
    ['park', 'quarantined', ['minimum@a']],
    ['drop', 'filtered', []],
    ['warn', 'accepted', []],
    ['null-field', 'accepted', []],
  ] as const)('%s', (onFailure, verdict, reasons) => {
    const { outcomes, result } = outcomesOf(tableOf({ columns: [column('a', minimum(onFailure))] }), ['{"a":5}', '{"a":15}']);
    expect(outcomes[0]!.verdict).toBe(verdict);
    expect(rulesOf(outcomes[0]!)).toEqual(reasons);
    expect(outcomes[1]!.verdict).toBe('accepted');
    expect(result.counts.get(`minimum:${onFailure}`)).toBe(1);
    expect(result.parkRequests).toEqual(onFailure === 'park' ? [{ record: 0, rule: 'minimum' }] : []);
    if (verdict === 'accepted') expect(outcomes[0]!.row['a']).toBe(onFailure === 'null-field' ? null : 5);
  });

  it('a shadow rule is counted and does nothing', () => {
    const outcome = outcomeOf(tableOf({ columns: [column('a', minimum('quarantine', { mode: 'shadow' }))] }), '{"a":5}');
    expect(outcome).toMatchObject({ verdict: 'accepted', row: { a: 5 }, counts: { 'minimum:shadow': 1 } });
  });

  it('quarantine wins over drop, drop over warn and null-field', () => {
    const columns = [column('a', minimum('drop')), column('b', minimum('quarantine')), column('c', minimum('warn'))];
    const table = tableOf({ columns });
    expect(outcomeOf(table, '{"a":5,"b":5,"c":5}').verdict).toBe('quarantined');
    expect(rulesOf(outcomeOf(table, '{"a":5,"b":5,"c":5}'))).toEqual(['minimum@b']);
    expect(outcomeOf(table, '{"a":5,"b":50,"c":5}').verdict).toBe('filtered');
    expect(outcomeOf(table, '{"a":50,"b":50,"c":5}').verdict).toBe('accepted');
  });

  it('a rejected record names everything that is wrong with it', () => {
    const table = tableOf({
      columns: [column('a', minimum('quarantine')), { name: 'b', type: 'uuid' }, { name: 'c', type: 'string', required: true }],
      rules: [{ rule: 'small', source: 'a > 100' }],
    });
    expect(rulesOf(outcomeOf(table, '{"a":5,"b":"x"}')).sort()).toEqual(['minimum@a', 'required@c', 'small@', 'type@b']);
  });

  it('a required column that a rule made null is missing its value', () => {
    const table = tableOf({ columns: [{ ...column('a', minimum('null-field')), required: true }] });
    const outcome = outcomeOf(table, '{"a":5}');
    expect(rulesOf(outcome)).toEqual(['required@a']);
    expect(outcome.counts).toMatchObject({ 'minimum:null-field': 1, 'required:quarantine': 1 });
  });

  it('missing, null and failed null-field are counted apart', () => {
    const { result } = outcomesOf(tableOf({ columns: [column('a', minimum('null-field'))] }), [
      '{}',
      '{"a":null}',
      '{"a":null}',
      '{"a":1}',
    ]);
    expect(Object.fromEntries(result.counts)).toEqual({ missing: 1, null: 2, 'minimum:null-field': 1 });
  });

  it('a rule over a column that could not be read is not evaluated', () => {
    const table = tableOf({ columns: [{ name: 'a', type: 'int' }], rules: [{ rule: 'r', source: 'a == 1' }] });
    expect(rulesOf(outcomeOf(table, '{"a":"x"}'))).toEqual(['type@a']);
    expect(rulesOf(outcomeOf(table, '{"a":2}'))).toEqual(['r@']);
  });

  it('reasons are bounded, and the last one says how many more there are', () => {
    const names = Array.from({ length: 40 }, (_, i) => `c${i}`);
    const table = tableOf({ columns: names.map((name) => ({ name, type: 'int', required: true })) });
    const { reasons } = outcomeOf(table, '{}');
    expect(reasons).toHaveLength(LIMITS.reasonsPerRecordMax);
    expect(reasons[reasons.length - 1]!.message).toMatch(new RegExp(`and ${40 - LIMITS.reasonsPerRecordMax} more reasons`));
  });

  it('a list of many bad elements is one reason, every failure counted', () => {
    const table = tableOf({ columns: [{ name: 'l', type: 'list', children: [{ name: 'element', type: 'int' }] }] });
    const outcome = outcomeOf(table, `{"l":[${Array.from({ length: 1000 }, () => '"x"').join(',')}]}`);
    expect(outcome.reasons).toEqual([{ rule: 'type', field: 'l.element', message: 'expected integer (32 bits), got string' }]);
    expect(outcome.counts['type:quarantine']).toBe(1000);
  });

  it('messages name kinds, never values', () => {
    const table = tableOf({
      columns: [
        { name: 'a', type: 'int', required: true },
        { name: 's', type: 'string', constraints: [{ kind: 'pattern', pattern: '^x$' }] },
      ],
      rules: [{ rule: 'r', source: "s == 'SECRET' && int(s) > 1" }],
    });
    const { reasons } = outcomeOf(table, '{"a":"SECRET","s":"SECRET"}');
    expect(reasons.length).toBeGreaterThanOrEqual(2);
    for (const { message } of reasons) expect(message).not.toContain('SECRET');
  });
});

describe('verdicts on a value as a whole', () => {
  const table = tableOf({ columns: [{ name: 'a', type: 'int' }], maxBytes: 10 });

  it('tombstones are filtered by declaration or quarantined, empty and oversize values quarantined', () => {
    const values = [null, '', '{"a":1}   ', '{"a":1}    '];
    const { outcomes, result } = outcomesOf(table, values);
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(['filtered', 'quarantined', 'accepted', 'quarantined']);
    expect(outcomes.flatMap(rulesOf)).toEqual(['empty-value@', 'oversize@']);
    expect(result.counts.get('tombstone:drop')).toBe(1);
    const strict = tableOf({ columns: [{ name: 'a', type: 'int' }], tombstones: 'quarantine' });
    expect(rulesOf(outcomeOf(strict, null))).toEqual(['tombstone@']);
  });

  it('event time is bounded against the Kafka timestamp, bounds included', () => {
    const timed = tableOf({
      columns: [{ name: 't', type: 'timestamptz', formats: [{ kind: 'epoch', unit: 'millis' }] }],
      eventTime: { column: 't', maxAheadMs: 100, maxBehindMs: 50 },
    });
    const at = (ms: number) => outcomeOf(timed, `{"t":${ms}}`, { timestampMs: 1_000_000 });
    expect([999_950, 1_000_100].map((ms) => at(ms).verdict)).toEqual(['accepted', 'accepted']);
    expect(rulesOf(at(1_000_101))).toEqual(['event-time-ahead@t']);
    expect(rulesOf(at(999_949))).toEqual(['event-time-behind@t']);
    expect(outcomeOf(timed, '{}', { timestampMs: 1_000_000 }).verdict).toBe('accepted');
  });

  it('the filter drops what it is true for, never a record that is wrong, and keeps what it cannot judge', () => {
    const filtered = tableOf({
      columns: [
        { name: 'a', type: 'int' },
        { name: 'b', type: 'int' },
      ],
      filter: 'a > 5',
    });
    const { outcomes, result } = outcomesOf(filtered, ['{"a":6}', '{"a":5}', '{"a":6,"b":"x"}', '{}']);
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(['filtered', 'accepted', 'quarantined', 'accepted']);
    expect([result.counts.get('filter:drop'), result.counts.get('filter:warn')]).toEqual([1, 1]);
  });
});

describe('a record this code fails on', () => {
  it('is quarantined as internal-error, raw, and its neighbours are landed', () => {
    const table = tableOf({ columns: [{ name: 'a', type: 'int' }], rules: [{ rule: 'r', source: 'kafka.headers.h == null' }] });
    const values = ['{"a":1}', '{"a":2}', '{"a":3}'];
    const broken: KafkaRecords = {
      ...recordsOf(values),
      headers: new Proxy([], {
        get: (target, key) => {
          if (key === '1') throw new RangeError('SECRET');
          return Reflect.get(target, key);
        },
      }),
    };
    const pipeline = createPipeline(table);
    const result = pipeline.process(broken, { ingestedAtMs: 1 });
    expect([...result.verdicts]).toEqual([VERDICT.accepted, VERDICT.quarantined, VERDICT.accepted]);
    expect(result.quarantined.map(({ reasons }) => reasons[0]!.rule)).toEqual(['internal-error']);
    expect(JSON.stringify(result.quarantined)).not.toContain('SECRET');
    expect([...result.rowRecord]).toEqual([0, 2]);
    expect([...pipeline.process(recordsOf(values), { ingestedAtMs: 1 }).verdicts]).toEqual([0, 0, 0]);
  });
});

describe('the quarantine', () => {
  it('holds position, key, value and headers as they came (none: an empty list), with every reason', () => {
    const value = Buffer.from([0xff, 0x00, 0x7b]);
    const records = packRecords([
      {
        source: { id: 's/t/1', topic: 't' },
        topicPartition: 3,
        kafkaOffset: 7,
        timestampMs: 11,
        timestampType: 0,
        key: Buffer.from([1]),
        value,
        headers: [
          { name: 'h', value: Uint8Array.of(9) },
          { name: 'n', value: null },
        ],
      },
      {
        source: { id: 's/t/1', topic: 't' },
        topicPartition: 3,
        kafkaOffset: 8,
        timestampMs: 12,
        timestampType: 0,
        key: null,
        value: null,
        headers: undefined,
      },
    ]);
    const result = createPipeline(tableOf({ columns: [], tombstones: 'quarantine' })).process(records, { ingestedAtMs: 1 });
    const columns = quarantineColumns(records, result, { contractName: 'game.events', quarantinedAtMs: 5 });
    const rows = [0, 1].map((row) => readRow(columns, layoutOf(QUARANTINE_STRUCT), row));
    const reason = (rule: string, i: number) => [[rule, '', result.quarantined[i]!.reasons[0]!.message]];
    expect(rows).toEqual([
      [
        's/t/1',
        't',
        3,
        7n,
        11_000n,
        Uint8Array.of(1),
        Uint8Array.from(value),
        [
          ['h', Uint8Array.of(9)],
          ['n', null],
        ],
        reason('invalid-utf8', 0),
        'game.events',
        5_000n,
      ],
      ['s/t/1', 't', 3, 8n, 12_000n, null, null, [], reason('tombstone', 1), 'game.events', 5_000n],
    ]);
  });
});

describe('a pipeline is used for many batches', () => {
  it('and a result stays what it was', () => {
    const table = tableOf({
      columns: [
        { name: 's', type: 'string' },
        { name: 'l', type: 'list', children: [{ name: 'element', type: 'string' }] },
      ],
    });
    const pipeline = createPipeline(table);
    const layout = layoutOf(table.program.struct);
    const first = pipeline.process(recordsOf(['{"s":"\\u0061","l":["x","\\u0079"]}']), { ingestedAtMs: 1 });
    const before = readRow(first.columns, layout, 0);
    pipeline.process(recordsOf(['{"s":"\\u0062","l":["z"]}', '{"s":1}']), { ingestedAtMs: 2 });
    expect(readRow(first.columns, layout, 0)).toEqual(before);
    expect(before.slice(0, 2)).toEqual(['a', ['x', 'y']]);
  });

  it('and an empty one gives no rows', () => {
    const result = createPipeline(tableOf({ columns: [{ name: 'a', type: 'int' }] })).process(recordsOf([]), { ingestedAtMs: 1 });
    expect([result.columns.rows, result.verdicts.length, result.quarantined.length]).toEqual([0, 0, 0]);
  });
});
