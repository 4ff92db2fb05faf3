// A fetched section of one partition → a slice of committed records: batches are checked, unpacked and read one after the other while
// there is room, and the slice ends where reading ended. Upholds promises 1 (what a slice spans is answered completely) and 10.
import { crc32c } from '@platformatic/kafka';
import { LIMITS } from '../../contract/limits.ts';
import { committedBatches } from '../../decode/committed-batches.ts';
import { type BatchHeader, readBatchHeaders, readBatchRecords } from '../../decode/record-batch.ts';
import { InputRefusedError } from '../../errors.ts';
import type { KafkaPosition, KafkaRecord, KafkaSlice } from '../../kafka-ports.ts';
import { decompressBody } from './decompress.ts';
import type { FetchedPartition } from './fetch-protocol.ts';

/** What one read may still take; shared by the answers of all leaders. */
export interface Room {
  records: number;
  bytes: number;
}

export function makeRoom(bounds: { readonly recordsMax: number; readonly bytesMax: number }): Room {
  return { records: bounds.recordsMax, bytes: bounds.bytesMax };
}

/** Undefined when nothing is new. A broken batch ends the slice before it; one at its very beginning is `refused`. */
export function sliceOf(position: KafkaPosition, fetched: FetchedPartition, room: Room): KafkaSlice | undefined {
  const records: KafkaRecord[] = [];
  let to = position.from;
  try {
    const headers = readBatchHeaders(fetched.section);
    const committed = new Set(committedBatches(headers, fetched.aborted));
    for (const header of headers) {
      if (room.records <= 0 || room.bytes <= 0) break;
      if (committed.has(header)) take(header, { position, records, room });
      to = Math.max(to, header.lastOffset + 1);
    }
  } catch (error) {
    if (!(error instanceof InputRefusedError)) throw error;
    if (to === position.from) return { ...position, kind: 'refused', message: error.message };
  }
  if (to === position.from) return undefined;
  return { ...position, kind: 'records', to, records, startOffset: fetched.startOffset, endOffset: fetched.endOffset };
}

function take(header: BatchHeader, into: { readonly position: KafkaPosition; readonly records: KafkaRecord[]; readonly room: Room }): void {
  const { position, room } = into;
  if (crc32c(header.checked) !== header.crc) {
    throw new InputRefusedError(
      `the record batch at offset ${header.firstOffset} has another checksum than its bytes: read it again, or restore the log`,
      { code: 'batch-corrupt' },
    );
  }
  const body = decompressBody(header);
  const read = readBatchRecords(header, body, { source: position.source, partition: position.partition, from: position.from });
  for (const record of read) into.records.push(record);
  room.records -= read.length;
  room.bytes -= body.length + read.length * LIMITS.recordOverheadBytes;
}
