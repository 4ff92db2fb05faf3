// Deletion vectors: the deleted row positions of one data file as a blob in a Puffin file (version 3). The blob is a length, a
// magic, the bitmap and a checksum; its place in the file is what a manifest entry states, so a reader fetches the blob alone.
// Source: Puffin specification, "deletion-vector-v1"; Iceberg specification, "Deletion Vectors".
//
//   length of magic and bitmap (4, BE) | D1 D3 39 64 | bitmap | CRC-32 of magic and bitmap (4, BE)
import { crc32 } from 'node:zlib';
import { LIMITS } from '../contract/limits.ts';
import { InputRefusedError } from '../errors.ts';
import type { FileStore } from '../ports.ts';
import { readReferenced } from './create-file.ts';
import type { PuffinBlobMetadata } from './puffin.ts';
import { RESERVED_FIELDS } from './reserved-fields.ts';
import type { PositionSet } from './roaring.ts';
import { decodePositions, encodePositions } from './roaring-format.ts';
import type { DataFile } from './types.ts';

export const DELETION_VECTOR = 'deletion-vector-v1';
const MAGIC = Buffer.from([0xd1, 0xd3, 0x39, 0x64]);
const ROW_POSITION_ID = RESERVED_FIELDS.find((field) => field.name === '_pos')!.id;

/**
 * The deleted positions that a delete file entry (format PUFFIN) says. Cost: one ranged read. Throws InputRefusedError where blob and
 * entry do not fit each other, TransientIoError where the file is gone.
 */
export async function loadDeletionVector(files: FileStore, file: DataFile): Promise<PositionSet> {
  const { contentOffset: start, contentSizeBytes: size } = file;
  if (file.fileFormat !== 'PUFFIN' || start === undefined || size === undefined)
    throw refused('its entry does not say where it lies', file);
  if (start < 0 || size < 0 || start + size > file.fileSizeBytes) throw refused('its place lies beyond the end of its file', file);
  if (size > LIMITS.puffinBlobBytesMax) throw refused(`${size} bytes are more than puffinBlobBytesMax`, file);
  const blob = await readReferenced(files, file.filePath, { start, end: start + size });
  return decodeDeletionVector(blob, file);
}

/** The positions of a blob; `recordCount` is their number. */
export function decodeDeletionVector(bytes: Uint8Array, file: Pick<DataFile, 'filePath' | 'recordCount'>): PositionSet {
  const blob = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (blob.length < 12) throw refused(`${blob.length} bytes are no whole blob`, file);
  if (blob.readUInt32BE(0) !== blob.length - 8) throw refused(`it states ${blob.readUInt32BE(0)} bytes and has ${blob.length - 8}`, file);
  if (!blob.subarray(4, 8).equals(MAGIC)) throw refused('wrong magic bytes', file);
  if (crc32(blob.subarray(4, -4)) !== blob.readUInt32BE(blob.length - 4)) throw refused('its checksum differs', file);
  return decodePositions(blob.subarray(8, -4), file.recordCount);
}

/** The blob of a set, with what the Puffin footer says of it. */
export function encodeDeletionVector(positions: PositionSet, dataFilePath: string): PuffinBlobMetadata & { readonly bytes: Buffer } {
  const body = Buffer.concat([MAGIC, encodePositions(positions)]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  checksum.writeUInt32BE(crc32(body));
  return {
    type: DELETION_VECTOR,
    fields: [ROW_POSITION_ID],
    // Inherited: the file is written before the commit that gives the numbers.
    snapshotId: -1n,
    sequenceNumber: -1,
    properties: { 'referenced-data-file': dataFilePath, cardinality: String(positions.cardinality) },
    bytes: Buffer.concat([length, body, checksum]),
  };
}

function refused(problem: string, file: Pick<DataFile, 'filePath'>): InputRefusedError {
  return new InputRefusedError(`deletion vector cannot be read: ${problem}; the file is damaged or its entry is wrong`, {
    code: 'deletion-vector-malformed',
    details: { uri: file.filePath },
  });
}
