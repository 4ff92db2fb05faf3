// Puffin files: blobs between a magic and a footer that says where each one lies and what it is. Written with an uncompressed
// footer; read guardedly: magic, flags, sizes, offsets and lengths are checked before use. Source: Puffin specification.
//
//   "PFA1" | blob … | "PFA1" | footer JSON | its size (4, LE) | flags (4) | "PFA1"
import * as zlib from 'node:zlib';
import { LIMITS } from '../contract/limits.ts';
import { InputRefusedError } from '../errors.ts';
import { parseExact, stringifyExact } from './json-exact.ts';
import { type JsonObject, jsonShapes } from './json-shapes.ts';

/** What the footer says of a blob: a statistics file's `blob-metadata` has the same fields but for place and codec. */
export interface PuffinBlobMetadata {
  readonly type: string;
  /** Field ids the blob was computed for, in its type's order. */
  readonly fields: readonly number[];
  /** −1 where the writer cannot know it yet (deletion vectors). */
  readonly snapshotId: bigint;
  readonly sequenceNumber: number;
  readonly properties: Readonly<Record<string, string>>;
}

export interface PlacedBlob extends PuffinBlobMetadata {
  /** Byte offset and stored length in the file. */
  readonly offset: number;
  readonly length: number;
  readonly compressionCodec?: string;
}

export interface PuffinFooter {
  readonly blobs: readonly PlacedBlob[];
  readonly properties: Readonly<Record<string, string>>;
  /** Bytes of the footer with both its magics. */
  readonly footerSizeBytes: number;
}

export interface PuffinFile {
  readonly bytes: Buffer;
  readonly blobs: readonly PlacedBlob[];
  readonly footerSizeBytes: number;
}

const { objectOf, listOf, textOf, integerOf } = jsonShapes((what, expected, got) =>
  refused(`expected ${what} to be ${expected}, got ${got}`),
);

export const PUFFIN_MAGIC = Buffer.from('PFA1', 'latin1');
/** After the footer's JSON: size, flags, magic. */
const TAIL_BYTES = 12;

/** The bytes of a Puffin file with uncompressed blobs, and where each blob lies in it. */
export function writePuffin(request: {
  readonly blobs: readonly (PuffinBlobMetadata & { readonly bytes: Uint8Array })[];
  readonly properties: Readonly<Record<string, string>>;
}): PuffinFile {
  let offset = PUFFIN_MAGIC.length;
  const blobs = request.blobs.map(({ bytes, ...blob }): PlacedBlob => {
    offset += bytes.length;
    return { ...blob, offset: offset - bytes.length, length: bytes.length };
  });
  const payload = Buffer.from(stringifyExact({ blobs: blobs.map(blobToJson), properties: request.properties }), 'utf8');
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(payload.length);
  const footer = Buffer.concat([PUFFIN_MAGIC, payload, tail, PUFFIN_MAGIC]);
  return {
    bytes: Buffer.concat([PUFFIN_MAGIC, ...request.blobs.map((blob) => blob.bytes), footer]),
    blobs,
    footerSizeBytes: footer.length,
  };
}

/** The footer of a whole Puffin file. Throws InputRefusedError for anything malformed or compressed in a way Node cannot read. */
export function readPuffinFooter(file: Uint8Array): PuffinFooter {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  const start = PUFFIN_MAGIC.length;
  if (bytes.length < 2 * start + TAIL_BYTES) throw refused(`${bytes.length} bytes are no whole file`);
  if (!bytes.subarray(0, start).equals(PUFFIN_MAGIC) || !bytes.subarray(-start).equals(PUFFIN_MAGIC)) throw refused('wrong magic bytes');
  const tail = bytes.length - TAIL_BYTES;
  const size = bytes.readInt32LE(tail);
  const payloadStart = tail - size;
  if (size < 0 || size > LIMITS.puffinFooterBytesMax) throw refused(`a footer of ${size} bytes`);
  const footerStart = payloadStart - start;
  if (footerStart < start || !bytes.subarray(footerStart, payloadStart).equals(PUFFIN_MAGIC))
    throw refused('the footer does not begin with the magic');
  const flags = bytes.readUInt32LE(tail + 4);
  if (flags !== 0) throw refused(flags === 1 ? 'its footer is compressed with LZ4' : `unknown flags ${flags}`);
  const json = parsePayload(bytes.subarray(payloadStart, tail));
  const blobs = listOf(json['blobs'], 'blobs').map((blob) => blobOf(objectOf(blob, 'blob'), footerStart));
  return { blobs, properties: textsOf(json['properties']), footerSizeBytes: bytes.length - footerStart };
}

/** The content of a blob, decompressed: at most LIMITS.puffinBlobBytesMax. */
export function readPuffinBlob(file: Uint8Array, blob: PlacedBlob): Buffer {
  const stored = Buffer.from(file.buffer, file.byteOffset, file.length).subarray(blob.offset, blob.offset + blob.length);
  if (stored.length !== blob.length) throw refused('a blob lies beyond the end');
  if (blob.compressionCodec === undefined) return stored;
  if (blob.compressionCodec !== 'zstd') throw refused(`codec ${JSON.stringify(blob.compressionCodec.slice(0, 20))} of a blob`);
  try {
    return zlib.zstdDecompressSync(stored, { maxOutputLength: LIMITS.puffinBlobBytesMax });
  } catch (cause) {
    throw refused(
      `a blob does not decompress within ${LIMITS.puffinBlobBytesMax} bytes (${cause instanceof Error ? cause.name : 'error'})`,
    );
  }
}

function blobToJson(blob: PlacedBlob): unknown {
  return {
    type: blob.type,
    fields: blob.fields,
    'snapshot-id': blob.snapshotId,
    'sequence-number': blob.sequenceNumber,
    offset: blob.offset,
    length: blob.length,
    ...(Object.keys(blob.properties).length > 0 ? { properties: blob.properties } : {}),
  };
}

function blobOf(json: JsonObject, footerStart: number): PlacedBlob {
  const offset = integerOf(json['offset'], 'offset');
  const length = integerOf(json['length'], 'length');
  if (offset < PUFFIN_MAGIC.length || length < 0 || offset + length > footerStart) throw refused('a blob lies outside the blobs');
  const codec = json['compression-codec'] ?? undefined;
  const snapshotId = json['snapshot-id'];
  return {
    type: textOf(json['type'], 'the type of a blob'),
    fields: listOf(json['fields'], 'fields').map((field) => integerOf(field, 'field id')),
    snapshotId: typeof snapshotId === 'bigint' ? snapshotId : BigInt(integerOf(snapshotId, 'snapshot-id')),
    sequenceNumber: integerOf(json['sequence-number'], 'sequence-number'),
    properties: textsOf(json['properties']),
    offset,
    length,
    ...(codec === undefined ? {} : { compressionCodec: textOf(codec, 'the codec of a blob') }),
  };
}

function parsePayload(payload: Buffer): JsonObject {
  let json: unknown;
  try {
    json = parseExact(payload.toString('utf8'));
  } catch (cause) {
    throw refused(`its footer is not JSON (${cause instanceof Error ? cause.name : 'error'})`);
  }
  return objectOf(json, 'footer');
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(objectOf(value ?? {}, 'properties'));
  if (entries.some(([, text]) => typeof text !== 'string')) throw refused('a property is no text');
  return Object.fromEntries(entries) as Record<string, string>;
}

function refused(problem: string): InputRefusedError {
  return new InputRefusedError(`Puffin file cannot be read: ${problem}; the file is damaged or not Puffin`, { code: 'puffin-malformed' });
}
