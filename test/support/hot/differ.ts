// The kernels' path against the plain path: same verdicts, reasons with their messages, counts, rows, every cell, event times. A case is
// one seed: a contract and a batch of messages.
import { readRow } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import type { CompiledTable } from '../../../src/contract/compiled.ts';
import { createPipeline, type Pipeline } from '../../../src/pipeline/create-pipeline.ts';
import type { BatchResult } from '../../../src/pipeline/types.ts';
import { makeMessage, makeRandom, NUMBERS, type Random } from '../oracle/messages.ts';
import { tableOf } from '../oracle/program.ts';
import { recordsOf } from '../oracle/records.ts';
import { notedBatches } from './noted-batches.ts';
import { pathBatches } from './path-batches.ts';
import { quickBatches } from './quick-batches.ts';
import { randomTable } from './random-program.ts';
import { tameMessage } from './tame-message.ts';

export const NOW = Date.UTC(2026, 0, 15);

export interface Case {
  readonly table: CompiledTable;
  readonly values: readonly (Buffer | null)[];
}

/** The contract and messages of a seed. */
export function caseOf(seed: number, messages = 120): Case {
  const random = makeRandom(seed);
  const table = randomTable(random);
  const damage = random.pick([0, 0.02, 0.25]);
  const values = Array.from({ length: messages }, () => {
    if (random.chance(0.01)) return random.pick([null, Buffer.alloc(0), Buffer.from('[]'), Buffer.from(' 1 '), Buffer.from('{}')]);
    const message = random.chance(0.7) ? tame(random, table, damage) : makeMessage(random, table.program, damage);
    return table.program.variants.length > 0 && random.chance(0.7)
      ? withVariant(message, random.pick(['1', '2', '"KR"', 'null', '1.0', '9']))
      : message;
  });
  return { table, values };
}

/** A message that fits, or one with a byte changed. */
function tame(random: Random, { program }: CompiledTable, damage: number): Buffer {
  const message = tameMessage(random, program);
  if (!random.chance(damage)) return message;
  const at = random.below(message.length);
  const bytes = Buffer.from(message);
  bytes[at] = random.chance(0.5) ? bytes[at]! ^ (1 << random.below(7)) : random.pick([...Buffer.from('{}[]",:\\u0019-+.eE \t\0xn')]);
  return random.chance(0.2) ? bytes.subarray(0, at) : bytes;
}

/** Puts the discriminator in front: without it few messages are of a variant. */
function withVariant(message: Buffer, value: string): Buffer {
  const at = message.indexOf('{');
  if (at < 0) return message;
  const isEmpty = /^\{\s*\}/.test(message.subarray(at).toString('latin1'));
  return Buffer.concat([message.subarray(0, at + 1), Buffer.from(`"v":${value}${isEmpty ? '' : ','}`), message.subarray(at + 1)]);
}

/** Cases that random messages meet rarely: borders of types, texts, nesting and bounds, one message each. */
export function edgeBatches(): readonly (Case & { readonly name: string })[] {
  const text = (value: string) => Buffer.from(value);
  const iso = { kind: 'iso' } as const;
  const at = new Date(NOW + 600_000).toISOString();
  return [
    ...notedBatches(),
    ...quickBatches(),
    ...pathBatches(),
    {
      name: 'bounds of the event time',
      table: tableOf({
        columns: [{ name: 'at', type: 'timestamptz', formats: [iso] }],
        eventTime: { column: 'at', maxAheadMs: 600_000, maxBehindMs: 600_000 },
      }),
      values: [text(`{"at":"${at}"}`), text(`{"at":"${at.replace('Z', '001Z')}"}`), text('{"at":null}')],
    },
    {
      name: 'borders of numbers',
      table: tableOf({
        columns: [
          { name: 'n', type: 'long' },
          { name: 'i', type: 'int' },
          { name: 'm', type: 'decimal(5,2)' },
          { name: 'f', type: 'float' },
        ],
      }),
      values: [
        ...NUMBERS,
        '1.',
        '-.5',
        '1234.56',
        '999.99',
        '1000',
        '01',
        '-01',
        '00',
        '1.5',
        '1.0',
        '12e1',
        '12345678',
        '123456789',
      ].flatMap((n) => ['n', 'i', 'm', 'f'].map((column) => text(`{"${column}":${n}}`))),
    },
    {
      name: 'bounds of integers',
      table: tableOf({
        columns: [
          {
            name: 'n',
            type: 'long',
            constraints: [
              { kind: 'minimum', bound: 0, onFailure: 'quarantine' },
              { kind: 'maximum', bound: 10, onFailure: 'quarantine' },
            ],
          },
        ],
      }),
      values: [-1, 0, 10, 11].map((n) => text(`{"n":${n}}`)),
    },
    {
      name: 'days and clocks, one behind the other',
      table: tableOf({ columns: [{ name: 'at', type: 'timestamptz', formats: [iso] }] }),
      values: [
        '15T00:00:00Z',
        '16T23:59:59.9Z',
        '16T00:60:00Z',
        '16T00:00:60Z',
        '16T24:00:00Z',
        '32T00:00:00Z',
        '17T10:00:00.1234567Z',
      ].map((rest) => text(`{"at":"2026-01-${rest}"}`)),
    },
    {
      name: 'keys of the same name inside each other',
      table: tableOf({ columns: [{ name: 'n', type: 'long' }] }),
      values: [
        '{"a":1,"b":{"a":2},"c":3}',
        '{"a":1,"b":{"a":2},"a":3}',
        '{"a":1,"a":2}',
        '{"b":{"a":1,"a":2}}',
        `{"${'k'.repeat(70)}":1,"${'k'.repeat(70)}":2}`,
      ].map((each) => text(`{"o":${each}}`)),
    },
    {
      name: 'keys behind the last that is learnt',
      table: tableOf({ columns: [{ name: 'n', type: 'long' }] }),
      values: [
        ...Array.from({ length: 30 }, (_, i) => `{${Array.from({ length: 10 }, (_, k) => `"k${i * 10 + k}":1`).join(',')}}`),
        '{"zz":1,"yy":2}',
        '{"zz":1,"zz":2}',
        '{"n":1,"o":{"zz":1,"zz":2}}',
      ].map(text),
    },
    {
      name: 'presence of wide rows',
      table: tableOf({ columns: Array.from({ length: 70 }, (_, i) => ({ name: `c${i}`, type: 'int' as const })) }),
      values: [text(`{${Array.from({ length: 70 }, (_, i) => `"c${i}":${i}`).join(',')}}`), text('{}'), text('{"c40":1}')],
    },
    {
      name: 'escapes and control characters',
      table: tableOf({
        columns: [
          { name: 's', type: 'string', clean: ['trim', 'lower'] },
          { name: 't', type: 'string' },
        ],
      }),
      values: [
        '\\ud83d\\u0041',
        '\\ud83d\\udc09\\uffff',
        '\r\n',
        'Z',
        'zZ',
        '\u001f',
        'Zz AZ\\r',
        '\\u540d\\u7121\\u3057',
        '\\u00e9 ',
        '\\ud83d',
      ].flatMap((each) => [text(`{"s":"${each}"}`), text(`{"t":"${each}"}`)]),
    },
  ];
}

export interface Difference {
  readonly what: string;
  readonly hot: unknown;
  readonly plain: unknown;
}

export interface Compared {
  readonly difference: Difference | undefined;
  /** Records that the kernels settled. */
  readonly kernelRecords: number;
  readonly records: number;
}

export interface Pipelines {
  readonly hot: Pipeline;
  readonly plain: Pipeline;
}

export function pipelinesOf(table: CompiledTable): Pipelines {
  return { hot: createPipeline(table), plain: createPipeline(table, { path: 'plain' }) };
}

/** Judges the batch both ways; the first difference, if any. */
export function compareBatch(table: CompiledTable, { hot, plain }: Pipelines, values: readonly (Buffer | null)[]): Compared {
  const records = recordsOf(values, { timestampMs: NOW });
  const expected = describeResult(table, plain.process(records, { ingestedAtMs: NOW }));
  const result = hot.process(records, { ingestedAtMs: NOW });
  const got = describeResult(table, result);
  result.release?.();
  // A kernel that failed, or that the self-check caught, has its whole batch judged by the plain path: nothing else would show it.
  const isCaught = (result.selfchecked?.mismatched ?? 0) > 0;
  const caught = isCaught ? { what: 'the self-check', hot: result.selfchecked, plain: undefined } : undefined;
  return { difference: caught ?? firstDifference(got, expected), kernelRecords: result.kernelRecords, records: values.length };
}

/** The record alone that makes the difference, if one alone does. */
export function smallestBatch(table: CompiledTable, values: readonly (Buffer | null)[]): readonly (Buffer | null)[] {
  const single = values.find((value) => compareBatch(table, pipelinesOf(table), [value]).difference !== undefined);
  return single === undefined ? values : [single];
}

function describeResult({ program }: CompiledTable, result: BatchResult): Readonly<Record<string, unknown>> {
  const layout = layoutOf(program.struct);
  const rows = Object.fromEntries(
    [...result.rowRecord].map((record, row) => [`row of record ${record}`, readRow(result.columns, layout, row)]),
  );
  return {
    verdicts: [...result.verdicts],
    quarantined: result.quarantined,
    parkRequests: result.parkRequests,
    counts: [...result.counts].sort(([a], [b]) => (a < b ? -1 : 1)),
    rowRecord: [...result.rowRecord],
    eventTimeMs: [...result.eventTimeMs],
    ...rows,
  };
}

function firstDifference(hot: Readonly<Record<string, unknown>>, plain: Readonly<Record<string, unknown>>): Difference | undefined {
  for (const what of new Set([...Object.keys(plain), ...Object.keys(hot)])) {
    if (textOf(hot[what]) !== textOf(plain[what])) return { what, hot: hot[what], plain: plain[what] };
  }
  return undefined;
}

/** −0 and 0, NaN, bigint and bytes told apart. */
export function textOf(value: unknown): string {
  return (
    JSON.stringify(value, (_, each: unknown) => {
      if (typeof each === 'bigint') return `${each}n`;
      if (typeof each === 'number') return Object.is(each, -0) ? '-0' : String(each);
      return each instanceof Uint8Array ? Buffer.from(each).toString('hex') : each;
    }) ?? 'undefined'
  );
}
