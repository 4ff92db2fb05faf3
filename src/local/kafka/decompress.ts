// The body of a record batch, unpacked within a bound: a few kilobytes of zstd can name gigabytes. Source: Apache Kafka documentation,
// "Record Batch", attributes bits 0 to 2.
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { compressionsAlgorithms } from '@platformatic/kafka';
import { LIMITS } from '../../contract/limits.ts';
import type { BatchHeader } from '../../decode/record-batch.ts';
import { InputRefusedError } from '../../errors.ts';

/** Throws InputRefusedError for an unknown codec, a broken body or one above LIMITS.batchDecompressedBytesMax. */
export function decompressBody({ codec, body, firstOffset }: BatchHeader): Buffer {
  try {
    return unpack(codec, body);
  } catch (error) {
    if (error instanceof InputRefusedError) throw error;
    throw refused(`the record batch at offset ${firstOffset} cannot be unpacked`, error);
  }
}

function unpack(codec: number, body: Buffer): Buffer {
  const maxOutputLength = LIMITS.batchDecompressedBytesMax;
  switch (codec) {
    case 0:
      return body;
    case 1:
      return gunzipSync(body, { maxOutputLength });
    case 2:
      return bounded(compressionsAlgorithms.snappy.decompressSync(body));
    case 3:
      return bounded(compressionsAlgorithms.lz4.decompressSync(body));
    case 4:
      return zstdDecompressSync(body, { maxOutputLength });
    default:
      throw refused(`a record batch has the unknown compression ${codec}`);
  }
}

function bounded(bytes: Buffer): Buffer {
  if (bytes.length <= LIMITS.batchDecompressedBytesMax) return bytes;
  throw refused(`a record batch unpacks to ${bytes.length} bytes, at most ${LIMITS.batchDecompressedBytesMax} are read`);
}

function refused(what: string, cause?: unknown): InputRefusedError {
  return new InputRefusedError(`${what}; nothing after it is read from this partition until it is dealt with`, {
    code: 'batch-unreadable',
    ...(cause === undefined ? {} : { cause }),
  });
}
