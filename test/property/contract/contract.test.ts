import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layoutOf } from '../../../src/columns.ts';
import { parseCel } from '../../../src/contract/cel/parse.ts';
import { unscaled } from '../../../src/contract/constants.ts';
import { canonicalText, decode, encode } from '../../../src/contract/encode.ts';
import { loadContract } from '../../../src/contract/load-contract.ts';
import { patternProblem } from '../../../src/contract/patterns.ts';
import { contractFromJson, contractToJson } from '../../../src/contract/serialize.ts';
import { parseTimePattern } from '../../../src/contract/time-pattern.ts';
import { parseTypeText } from '../../../src/contract/type-text.ts';

type Property = { readonly name: string; readonly [key: string]: unknown };

const name = fc
  .stringMatching(/^[a-z][a-z0-9_]{0,8}$/)
  .filter((text) => !/^(raw|kafka|kafka_.*|undeclared|source_id|ingested_at)$/.test(text));
const primitive = fc.constantFrom(
  { logicalType: 'string', logicalTypeOptions: { minLength: 1 } },
  { logicalType: 'integer', logicalTypeOptions: { minimum: 0, maximum: 9_007_199_254_740_991 } },
  { logicalType: 'number', physicalType: 'decimal(18,4)', logicalTypeOptions: { minimum: -1.5 } },
  { logicalType: 'timestamp', logicalTypeOptions: { format: 'epoch-millis | yyyy-MM-dd HH:mm' } },
  { logicalType: 'boolean', required: true },
  { logicalType: 'string', physicalType: 'uuid', unique: true },
  { logicalType: 'object', physicalType: 'json' },
  { logicalType: 'object', physicalType: 'map<string,list<int>>' },
);
const distinct = { selector: (property: { name: string }) => property.name, maxLength: 5 };
const { property } = fc.letrec<{ property: Property }>((tie) => ({
  property: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.record({ name, rest: primitive }).map(({ name: own, rest }) => ({ name: own, ...rest })),
    fc
      .record({ name, properties: fc.uniqueArray(tie('property'), { ...distinct, minLength: 1 }) })
      .map((one) => ({ ...one, logicalType: 'object' })),
    fc
      .record({ name, item: tie('property') })
      .map(({ name: own, item: { name: _, ...item } }) => ({ name: own, logicalType: 'array', items: item })),
  ),
}));
const properties = fc.uniqueArray(property, { ...distinct, minLength: 1, maxLength: 6 });

function text(columns: readonly Property[]): string {
  return JSON.stringify({
    apiVersion: 'v3.1.0',
    kind: 'DataContract',
    id: 'x',
    version: '1.0.0',
    status: 'active',
    domain: 'test',
    schema: [{ name: 'sample', properties: columns }],
    customProperties: [{ property: 'firn.source', value: { topic: 't' } }],
  });
}

function load(columns: readonly Property[], ids?: Parameters<typeof loadContract>[1]['ids']) {
  const result = loadContract(text(columns), { file: 'a/sample.odcs.json', ...(ids ? { ids } : {}) });
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result;
}

describe('contracts of any shape', () => {
  it('compile, come back equal from text, and have the slots of column batches', () => {
    fc.assert(
      fc.property(properties, (columns) => {
        const { contract } = load(columns);
        expect(contractFromJson(contractToJson(contract))).toStrictEqual(contract);
        const { program } = contract.tables[0]!;
        const layout = layoutOf(program.struct);
        expect(program.columns.map((plan) => plan.slot)).toEqual(layout.top.slice(0, program.columns.length));
      }),
      { numRuns: 150 },
    );
  });

  it('keep their field ids under reordering, and never give one id twice', () => {
    fc.assert(
      fc.property(properties, properties, fc.integer(), (before, after, seed) => {
        const first = load(before);
        const shuffled = [...before].sort(
          (a, b) => ((a.name.length * seed) % 7) - ((b.name.length * seed) % 7) || (a.name < b.name ? 1 : -1),
        );
        const second = load(shuffled, first.ids);
        expect(second.idsChanged).toBe(false);
        expect(second.ids).toEqual(first.ids);
        const third = load(after, first.ids);
        const fourth = load(before, third.ids);
        const given = [...Object.values(fourth.ids.ids), ...fourth.ids.removed.map((one) => one.id)];
        expect(new Set(given).size).toBe(given.length);
        expect(Math.max(...given)).toBe(fourth.ids.lastId);
        for (const [path, id] of Object.entries(third.ids.ids)) if (path in first.ids.ids) expect(id).toBe(first.ids.ids[path]);
      }),
      { numRuns: 80 },
    );
  });
});

describe('any text', () => {
  const golden = new URL('../../golden/contract/good/', import.meta.url);
  const texts = readdirSync(golden).map((file) => readFileSync(new URL(file, golden), 'utf8'));

  it('that is a contract but for some characters is compiled or refused, never thrown on', () => {
    const edit = fc.record({
      at: fc.nat(),
      remove: fc.nat({ max: 12 }),
      insert: fc.oneof(
        fc.constantFrom('', '-', '{', ']', ': ', '\n', "'", '*a', '&a ', '!!x ', '\t', 'null', '1e999', '[[', '0'),
        fc.string({ maxLength: 4 }),
      ),
    });
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.array(edit, { minLength: 1, maxLength: 4 }), (original, edits) => {
        const mutated = edits.reduce((now, { at, remove, insert }) => {
          const place = now.length === 0 ? 0 : at % now.length;
          return now.slice(0, place) + insert + now.slice(place + remove);
        }, original);
        const result = loadContract(mutated, { file: 'a/sample.odcs.yaml' });
        if (!result.ok) expect(result.findings.some((finding) => finding.severity === 'error')).toBe(true);
        else expect(contractFromJson(contractToJson(result.contract))).toStrictEqual(result.contract);
      }),
      { numRuns: 250 },
    );
  });

  it('is a CEL expression, a time pattern, a type, a regular expression or none, never thrown on', () => {
    const pieces = fc
      .array(
        fc.constantFrom(
          'a',
          '.',
          '(',
          ')',
          '[',
          ']',
          '1',
          '"',
          "'",
          '+',
          '-',
          '!',
          '&&',
          '||',
          '?',
          ':',
          ' ',
          'yyyy',
          'MM',
          'X',
          '<',
          '>',
          'list',
          'map',
          ',',
          '\\',
          '{',
          '}',
          'u',
          '0x',
          'e',
        ),
        { maxLength: 30 },
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(pieces, fc.string()), (source) => {
        const parsed = parseCel(source);
        if (!parsed.ok) expect(parsed.at).toBeLessThanOrEqual(source.length);
        parseTimePattern(source);
        parseTypeText(source);
        patternProblem(source);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('plain data', () => {
  const data = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, undefined, -0),
      fc.bigInt(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string(),
      fc.uint8Array({ maxLength: 8 }),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('$bigint', '$map', '__proto__', '$object', '$undefined')), tie('value'), {
        maxKeys: 3,
        noNullPrototype: true,
      }),
      fc.array(fc.tuple(fc.string(), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
    ),
  })).value;

  it('comes back equal from its JSON form', () => {
    fc.assert(
      fc.property(data, (value) => {
        expect(decode(JSON.parse(JSON.stringify(encode(value))))).toStrictEqual(value);
        expect(canonicalText(encode(value))).toBe(canonicalText(JSON.parse(canonicalText(encode(value)))));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('decimal constants', () => {
  it('are scaled exactly or not at all', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
        fc.integer({ min: -20, max: 20 }),
        fc.integer({ min: 0, max: 18 }),
        (digits, exponent, scale) => {
          const shift = exponent + scale;
          const exact =
            shift >= 0 ? digits * 10n ** BigInt(shift) : digits % 10n ** BigInt(-shift) === 0n ? digits / 10n ** BigInt(-shift) : undefined;
          expect(unscaled(`${digits}e${exponent}`, scale)).toBe(exact);
        },
      ),
      { numRuns: 500 },
    );
  });
});
