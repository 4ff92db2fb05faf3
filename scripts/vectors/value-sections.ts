// Sections of the vectors file about single values: transforms, hashes, serialisations, truncation, order, promotion, paths.
import type { CellValue, PrimitiveType } from '../../src/contract/types.ts';
import { orderOf } from '../../src/iceberg/cell-order.ts';
import { dataLocation } from '../../src/iceberg/data-location.ts';
import { humanText, partitionPath } from '../../src/iceberg/partition-path.ts';
import { isPromotion } from '../../src/iceberg/promotions.ts';
import { normalType } from '../../src/iceberg/schema-json.ts';
import { fromSingleValue, toSingleValue } from '../../src/iceberg/single-value.ts';
import { fromJsonValue, toJsonValue } from '../../src/iceberg/single-value-json.ts';
import {
  bindTransform,
  canTransform,
  hashCell,
  parseTransform,
  resultTypeOf,
  textOf as transformText,
} from '../../src/iceberg/transforms.ts';
import { truncateBinaryLower, truncateBinaryUpper, truncateTextLower, truncateTextUpper } from '../../src/iceberg/truncate-bounds.ts';
import type { PartitionSpec } from '../../src/iceberg/types.ts';
import type { Section, Vector } from './sections.ts';
import { cellOf, textOf } from './values.ts';

export const VALUE_SECTIONS: Readonly<Record<string, Section>> = {
  transform: runTransform,
  'transform-not-allowed': (vector) => [
    { what: 'allowed', expected: false, got: canTransform(parseTransform(String(vector['transform'])), typeOf(vector)) },
  ],
  'single-value-binary': runBinary,
  'single-value-json': runJson,
  hash32: (vector) => [{ what: 'hash', expected: vector['hash'], got: hashCell(typeOf(vector), inputOf(vector)!) }],
  'spec-hash': runSpecHash,
  'truncate-lower': (vector) => runTruncate(vector, { text: truncateTextLower, binary: truncateBinaryLower }),
  'truncate-upper': (vector) => runTruncate(vector, { text: truncateTextUpper, binary: truncateBinaryUpper }),
  order: runOrder,
  promotion: (vector) => [{ what: 'allowed', expected: vector['allowed'], got: isPromotion(named(vector['from']), named(vector['to'])) }],
  'partition-path': runPath,
  location: runLocation,
};

function named(text: unknown): PrimitiveType {
  return normalType(String(text) as PrimitiveType);
}

function typeOf(vector: Vector): PrimitiveType {
  return named(vector['type']);
}

function inputOf(vector: Vector): CellValue {
  return cellOf(typeOf(vector), vector['value'] as string | null);
}

function runTransform(vector: Vector) {
  const type = typeOf(vector);
  const transform = parseTransform(String(vector['transform']));
  const resultType = resultTypeOf(transform, type) as PrimitiveType;
  const cell = bindTransform(transform, type)(inputOf(vector));
  return [
    { what: 'result type', expected: named(vector['resultType']), got: resultType },
    { what: 'result', expected: vector['result'], got: textOf(resultType, cell) },
    { what: 'human text', expected: vector['human'], got: humanText({ transform, type, cell }) },
    { what: 'transform text', expected: vector['transform'], got: transformText(transform) },
  ];
}

function runBinary(vector: Vector) {
  const type = typeOf(vector);
  const cell = inputOf(vector)!;
  const bytes = toSingleValue(type, cell);
  const back = fromSingleValue(type, new Uint8Array(Buffer.from(String(vector['hex']), 'hex')));
  return [
    { what: 'bytes', expected: vector['hex'], got: Buffer.from(bytes).toString('hex') },
    { what: 'value', expected: textOf(type, cell), got: textOf(type, back) },
  ];
}

function runJson(vector: Vector) {
  const type = typeOf(vector);
  const cell = inputOf(vector);
  const json = toJsonValue(type, cell);
  const plain = typeof json === 'bigint' ? Number(json) : json;
  const text = (value: unknown) => (Object.is(value, -0) ? 0 : value);
  const checks = [{ what: 'json', expected: vector['json'], got: text(plain) }];
  // JSON text of the file has no sign on its zero and no digits past 2^53, so the way back is checked where it is exact.
  const isExact = typeof json !== 'bigint' || Number.isSafeInteger(plain);
  if (!isExact || Object.is(cell, -0)) return checks;
  return [...checks, { what: 'value', expected: textOf(type, cell), got: textOf(type, fromJsonValue(type, vector['json'])) }];
}

/** Literals of the specification's table: `34L`, `14.20`, ISO times with offsets, `00 01 02 03`. */
function runSpecHash(vector: Vector) {
  const text = String(vector['value']);
  const names: Record<string, string> = {
    timestampns: 'timestamp_ns',
    timestamptzns: 'timestamptz_ns',
    decimal: 'decimal(9,2)',
    fixed: 'fixed[4]',
  };
  const type = (names[String(vector['type'])] ?? vector['type']) as PrimitiveType;
  return [{ what: 'hash', expected: vector['hash'], got: hashCell(type, literalOf(type, text)!) }];
}

function literalOf(type: PrimitiveType, text: string): CellValue {
  if (type.startsWith('timestamptz')) {
    const match = /^(.*T[\d:.]+)([+-])(\d\d):(\d\d)$/.exec(text)!;
    const base = fromJsonValue(type, `${match[1]}+00:00`) as bigint;
    const offsetSeconds = BigInt((match[2] === '-' ? -1 : 1) * (Number(match[3]) * 3600 + Number(match[4]) * 60));
    return base - offsetSeconds * (type.endsWith('_ns') ? 1_000_000_000n : 1_000_000n);
  }
  if (/^(date|time)/.test(type)) return fromJsonValue(type, text);
  return cellOf(type, text.replace(/[LFD]$/, '').replaceAll(/ (?=\d)/g, ''));
}

type Truncation = (bytes: Uint8Array, length: number) => Uint8Array | undefined;

function runTruncate(vector: Vector, truncate: { readonly text: Truncation; readonly binary: Truncation }) {
  const isText = vector['type'] === 'string';
  const bytes = new Uint8Array(Buffer.from(String(vector['value']), isText ? 'utf8' : 'hex'));
  const out = (isText ? truncate.text : truncate.binary)(bytes, Number(vector['length']));
  const got = out === undefined ? null : Buffer.from(out).toString(isText ? 'utf8' : 'hex');
  return [{ what: 'bound', expected: vector['result'], got }];
}

function runOrder(vector: Vector) {
  const type = typeOf(vector);
  const [left, right] = [cellOf(type, String(vector['left']))!, cellOf(type, String(vector['right']))!];
  return [
    { what: 'sign', expected: vector['sign'], got: Math.sign(orderOf(type)(left, right)) },
    { what: 'opposite sign', expected: -Number(vector['sign']), got: Math.sign(orderOf(type)(right, left)) },
  ];
}

/** The file gives the transformed values; only identity on text shows how a value is spelled, so the source is a string there. */
function runPath(vector: Vector) {
  const spec = vector['spec'] as PartitionSpec;
  const fields = spec.fields.map((field) => ({
    id: field['source-id'],
    name: `c${field['source-id']}`,
    required: false,
    type: (field.transform === 'hour' ? 'timestamptz' : field.transform.startsWith('bucket') ? 'long' : 'string') as PrimitiveType,
  }));
  const got = partitionPath({ schema: { type: 'struct', fields }, spec, partition: vector['values'] as CellValue[] });
  return [{ what: 'path', expected: vector['path'], got }];
}

function runLocation(vector: Vector) {
  const expected = String(vector['objectStoreLocation']);
  const location = expected.slice(0, expected.indexOf('/data/'));
  const got = dataLocation({ location, properties: { 'write.object-storage.enabled': 'true' } }, String(vector['path']));
  return [{ what: 'location', expected, got }];
}
