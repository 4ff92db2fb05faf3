// Sections of the vectors file about whole objects: table metadata and schemas as JSON, nested single values, deletion vectors, Puffin
// files, promotions by format version. JSON is text in these vectors, compared as exact JSON.
import type { NestedField, PrimitiveType } from '../../src/contract/types.ts';
import { decodeDeletionVector, encodeDeletionVector } from '../../src/iceberg/deletion-vector.ts';
import { parseExact, stringifyExact } from '../../src/iceberg/json-exact.ts';
import { parseMetadata, serializeMetadata } from '../../src/iceberg/metadata-json.ts';
import { isPromotion } from '../../src/iceberg/promotions.ts';
import { readPuffinBlob, readPuffinFooter } from '../../src/iceberg/puffin.ts';
import { positionSetOf, positionsOf } from '../../src/iceberg/roaring.ts';
import { parseSchema, schemaToJson } from '../../src/iceberg/schema-json.ts';
import { fromJsonValue, toJsonValue } from '../../src/iceberg/single-value-json.ts';
import type { Check, Section, Vector } from './sections.ts';

export const OBJECT_SECTIONS: Readonly<Record<string, Section>> = {
  'metadata-json': runMetadata,
  'schema-defaults': runSchema,
  'nested-value-json': runNestedValue,
  'deletion-vector': runDeletionVector,
  puffin: runPuffin,
  'promotion-by-version': (vector) => [
    {
      what: 'allowed',
      expected: vector['allowed'],
      got: isPromotion(vector['from'] as PrimitiveType, vector['to'] as PrimitiveType, Number(vector['formatVersion'])),
    },
  ],
};

function textOf(vector: Vector, member: string): string {
  return String(vector[member]);
}

/** What was read says the same when written; the reference's text is read as the one given to it was. */
function runMetadata(vector: Vector): readonly Check[] {
  const expected = sparse(textOf(vector, 'json'));
  const written = (member: string) => sparse(serializeMetadata(parseMetadata(Buffer.from(textOf(vector, member)))).toString('utf8'));
  return [
    { what: 'the reference metadata, written again', expected, got: written('json') },
    { what: 'the given metadata, written', expected, got: written('given') },
  ];
}

/** Without what optional members say by being empty: no statistics, no current snapshot (which writers spell as nothing, null or -1). */
function sparse(text: string): unknown {
  const members = Object.entries(parseExact(text) as Readonly<Record<string, unknown>>);
  const isEmpty = (name: string, value: unknown) =>
    (/statistics$/.test(name) && Array.isArray(value) && value.length === 0) ||
    (name === 'current-snapshot-id' && (value === null || Number(value) === -1));
  return Object.fromEntries(members.filter(([name, value]) => !isEmpty(name, value)));
}

function runSchema(vector: Vector): readonly Check[] {
  const expected = parseExact(textOf(vector, 'json'));
  return ['json', 'given'].map((member) => {
    const schema = parseSchema(parseExact(textOf(vector, member)));
    // The defaults through cells too: the text of a value is the only one it has.
    const fields = schema.fields.map((field): NestedField => {
      const again = (value: unknown) => toJsonValue(field.type, fromJsonValue(field.type, value));
      return { ...field, 'initial-default': again(field['initial-default']), 'write-default': again(field['write-default']) };
    });
    return { what: `schema of ${member}`, expected, got: parseExact(stringifyExact(schemaToJson({ ...schema, fields }))) };
  });
}

function runNestedValue(vector: Vector): readonly Check[] {
  const { type } = parseSchema(parseExact(textOf(vector, 'schema'))).fields[0]!;
  const expected = parseExact(textOf(vector, 'json'));
  return ['json', 'given'].map((member) => {
    const cell = fromJsonValue(type, parseExact(textOf(vector, member)));
    return { what: `value of ${member}`, expected, got: parseExact(stringifyExact(toJsonValue(type, cell))) };
  });
}

function runDeletionVector(vector: Vector): readonly Check[] {
  const positions: number[] = [];
  for (const [from, to, step] of vector['ranges'] as readonly (readonly [number, number, number])[])
    for (let at = from; at < to; at += step) positions.push(at);
  const encoded = encodeDeletionVector(positionSetOf(positions), 'file:/t/data/a.parquet').bytes;
  const decoded = decodeDeletionVector(Buffer.from(textOf(vector, 'hex'), 'hex'), { filePath: 'v.puffin', recordCount: positions.length });
  const read = { what: 'positions', expected: positions, got: [...positionsOf(decoded)] };
  // The reference writes an empty bitmap for each key that is skipped; the format asks for none, and ours writes none.
  return vector['skipsKeys'] === true ? [read] : [{ what: 'bytes', expected: vector['hex'], got: encoded.toString('hex') }, read];
}

function runPuffin(vector: Vector): readonly Check[] {
  const file = Buffer.from(textOf(vector, 'file'), 'hex');
  const footer = readPuffinFooter(file);
  const blobs = footer.blobs.map((blob) => ({
    type: blob.type,
    fields: blob.fields,
    snapshotId: String(blob.snapshotId),
    sequenceNumber: blob.sequenceNumber,
    properties: blob.properties,
    hex: readPuffinBlob(file, blob).toString('hex'),
    codec: blob.compressionCodec ?? null,
  }));
  return [{ what: 'blobs', expected: vector['blobs'], got: blobs }];
}
