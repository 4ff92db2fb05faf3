import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { datasetOf, loadContract } from '../../../src/contract/load-contract.ts';
import { readProduct } from '../../../src/contract/product.ts';
import { contractFromJson, contractToJson } from '../../../src/contract/serialize.ts';
import { compileSample, errorsOf, sampleText } from './sample.ts';

const id = { name: 'id', logicalType: 'string' };
const load = (text: string, file = 'schemas/test/sample.odcs.yaml') => loadContract(text, { file });
const first = (text: string): string => {
  const result = load(text);
  return result.ok ? 'ok' : `${result.findings[0]!.rule}@${result.findings[0]!.line}:${result.findings[0]!.column}`;
};

describe('hostile text gives findings, within bounds', () => {
  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x, x]',
    ...Array.from('bcdefghi', (name, i) => `${name}: &${name} [${Array(10).fill(`*${'abcdefgh'[i]}`).join(', ')}]`),
  ].join('\n');
  it.each([
    ['nothing', '', 'yaml@1:1'],
    ['a lone surrogate', 'a: \ud800', 'encoding@1:4'],
    ['bytes that are no UTF-8', 'a: b\nc: \ufffd', 'encoding@2:4'],
    ['a zero byte', 'a: \u0000', 'encoding@1:4'],
    ['too many bytes', `a: ${'x'.repeat(LIMITS.contractBytesMax)}`, 'too-large@1:1'],
    ['too many lines', '\n'.repeat(LIMITS.contractLinesMax + 1), 'too-large@1:1'],
  ])('%s', (_, text, expected) => {
    expect(first(text)).toBe(expected);
  });

  it.each([
    ['an alias bomb', bomb, 'too-large'],
    ['brackets without end', '['.repeat(20_000), 'too-deep'],
    ['dashes without end', '- '.repeat(20_000), 'too-deep'],
    ['a list as a key', '? [a]\n: 1', 'yaml'],
    ['a merge key', 'a: &a {b: 1}\n<<: *a\napiVersion: v3.1.0', 'standard'],
  ])('%s', (_, text, rule) => {
    const result = load(text);
    expect(result.ok ? [] : result.findings.map((finding) => finding.rule)).toContain(rule);
  });

  it('a key called __proto__ changes no object', () => {
    const result = load('__proto__: {polluted: true}\nconstructor: {prototype: {polluted: true}}\n');
    expect(result.ok).toBe(false);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('findings are bounded, the rest is counted', () => {
    const result = load(`${Array.from({ length: LIMITS.findingsMax + 50 }, (_, i) => `key${i}: 1`).join('\n')}\napiVersion: v3.1.0\n`);
    const findings = result.ok ? [] : result.findings;
    expect(findings).toHaveLength(LIMITS.findingsMax + 1);
    expect(findings[findings.length - 1]).toMatchObject({ rule: 'too-many', message: expect.stringMatching(/^\d+ more findings/) });
  });

  it('text of the contract is cut and cleaned in messages', () => {
    const [message] = errorsOf({ properties: [{ name: `bad\n\u0007${'x'.repeat(500)}`, logicalType: 'string' }] });
    expect(message).toMatch(/^column-name: 'bad··x+…' is no column name$/);
  });
});

describe('names', () => {
  it.each([
    ['schemas/game/access-events.odcs.yaml', 'access-events'],
    ['access_events.yml', 'access_events'],
    ['C:\\x\\a.odcs.json', 'a'],
  ])('the dataset of %s is %s', (file, dataset) => {
    expect(datasetOf(file)).toBe(dataset);
  });

  it('a file whose name is no dataset name is refused', () => {
    const result = load(sampleText({ properties: [id] }), 'schemas/test/My Events.odcs.yaml');
    expect(result.ok ? '' : result.findings[0]!.rule).toBe('file-name');
  });
});

describe('the program hash', () => {
  const hash = (parts: Parameters<typeof compileSample>[0]): string => compileSample(parts).programHash;

  it('is the same for the same program, whatever the words, version and partition', () => {
    const plain = hash({ properties: [id] });
    expect(plain).toMatch(/^[0-9a-f]{64}$/);
    expect(hash({ properties: [{ ...id, description: 'words' }], version: '9.9.9', table: { partition: ['id'] } })).toBe(plain);
  });

  it('differs where a verdict may differ', () => {
    const variants = [{}, { required: true }, { logicalTypeOptions: { minLength: 1 } }, { physicalType: 'uuid' }].map((more) =>
      hash({ properties: [{ ...id, ...more }] }),
    );
    expect(new Set(variants).size).toBe(variants.length);
  });
});

describe('a compiled contract as text', () => {
  it('comes back equal and needs no more than JSON', () => {
    const contract = compileSample({
      properties: [id, { name: 'm', logicalType: 'number', physicalType: 'decimal(18,4)', logicalTypeOptions: { minimum: 0 } }],
      quality: [{ id: 'r', type: 'custom', engine: 'cel', implementation: "kafka.key != b'\\xff' && m > 1.5 && m != -0.0" }],
      firn: { variants: [{ name: 'v', when: { v: 1 }, properties: { id: { path: 'x' } } }] },
    });
    expect(contractFromJson(contractToJson(contract))).toStrictEqual(contract);
  });

  it('of another version is refused', () => {
    expect(() => contractFromJson('{}')).toThrow(/expected a compiled contract of version 1/);
    expect(() => contractFromJson('{"firnContract": 1, "contract": {"$date": 1}}')).toThrow(/the tag \$date is unknown/);
  });
});

describe('a product header', () => {
  const header = 'apiVersion: v1.0.0\nkind: DataProduct\nid: p\nstatus: active\n';
  const read = (text: string) => readProduct(text, { file: 'product.odps.yaml' });

  it('names its output ports', () => {
    const result = read(`${header}name: P\noutputPorts:\n  - {name: a, version: 1.0.0, contractId: c}\n  - {name: b, version: "2"}\n`);
    expect(result).toEqual({
      ok: true,
      warnings: [],
      product: {
        id: 'p',
        status: 'active',
        name: 'P',
        domain: undefined,
        version: undefined,
        outputPorts: [
          { name: 'a', version: '1.0.0', contractId: 'c' },
          { name: 'b', version: '2', contractId: undefined },
        ],
      },
    });
  });

  it.each([
    ['- a', 'expected a data product as a map'],
    [header.replace('v1.0.0', 'v9'), 'expected a known apiVersion'],
    [header.replace('DataProduct', 'Data'), 'expected kind DataProduct'],
    [header.replace('id: p\n', ''), "expected 'id', got none"],
    [header.replace('id: p', 'id: 1'), "expected 'id' as text"],
    [`${header}outputPort: []`, "'outputPort' is no key of a data product"],
    [`${header}outputPorts: {}`, 'expected outputPorts as a list'],
    [`${header}outputPorts: [1]`, 'expected an output port as a map'],
    [`${header}outputPorts: [{name: a}]`, "expected 'version', got none"],
    [`${header}outputPorts: [{name: a, version: b, contract: c}]`, "'contract' is no key of an output port"],
    [`${header}outputPorts: [{name: a, version: b}, {name: a, version: b}]`, 'is there twice'],
  ])('%s', (text, message) => {
    const result = read(text);
    expect(result.ok ? [] : result.findings.map((finding) => finding.message).join('\n')).toContain(message);
  });
});
