// Verdicts on a value before it is read: tombstones, no bytes at all, too many bytes, bytes that are no UTF-8. UTF-8 is checked
// natively for a run of records at once; only if that fails (one bad record, binary keys between values) record by record.
import { isUtf8 } from 'node:buffer';
import type { TableProgram } from '../contract/compiled.ts';
import { type KafkaRecords, NULL_POSITION } from '../decode/records.ts';
import type { Reason } from './types.ts';

export type WholeReason = Reason & { readonly isFiltered?: boolean };
/** The verdict on a record as a whole; undefined when it has to be read. */
export type WholeRules = (record: number) => WholeReason | undefined;

const WHOLE = { field: '' } as const;
const EMPTY: WholeReason = { rule: 'empty-value', ...WHOLE, message: 'expected a JSON object, got zero bytes' };
const NOT_UTF8: WholeReason = { rule: 'invalid-utf8', ...WHOLE, message: 'expected UTF-8 text, got bytes that are none' };
const DROPPED: WholeReason = { rule: 'tombstone', ...WHOLE, message: 'a null value', isFiltered: true };
const TOMBSTONE: WholeReason = { rule: 'tombstone', ...WHOLE, message: 'expected a JSON object, got a null value' };

export function judgeWhole(records: KafkaRecords, program: Pick<TableProgram, 'tombstones' | 'maxBytes'>): WholeRules {
  const { bytes, valueStart, valueEnd } = records;
  const isTextRun = records.valuesAreAscii === true ? () => true : textRuns(records);
  const tombstone = program.tombstones === 'filter' ? DROPPED : TOMBSTONE;
  const oversize: WholeReason = { rule: 'oversize', ...WHOLE, message: `expected at most ${program.maxBytes} bytes, got more` };
  return (record) => {
    const start = valueStart[record]!;
    if (start === NULL_POSITION) return tombstone;
    const end = valueEnd[record]!;
    if (end === start) return EMPTY;
    if (end - start > program.maxBytes) return oversize;
    // Within text as a whole, a value that begins at a character and ends at the 0 byte behind it is text itself.
    if (isTextRun(record) && (bytes[start]! & 0xc0) !== 0x80) return undefined;
    return isUtf8(bytes.subarray(start, end)) ? undefined : NOT_UTF8;
  };
}

const RUN_RECORDS = 64;

/** Is the run of records around this one UTF-8 from its first byte to its last? Asked in order, answered once per run. */
function textRuns({ bytes, count, valueStart, valueEnd }: KafkaRecords): (record: number) => boolean {
  let run = -1;
  let isText = false;
  return (record) => {
    const asked = Math.floor(record / RUN_RECORDS);
    if (asked === run) return isText;
    run = asked;
    let start = bytes.length;
    let end = 0;
    for (let i = run * RUN_RECORDS; i < Math.min(count, (run + 1) * RUN_RECORDS); i++) {
      if (valueStart[i] === NULL_POSITION) continue;
      start = Math.min(start, valueStart[i]!);
      end = Math.max(end, valueEnd[i]!);
    }
    isText = isUtf8(bytes.subarray(start, end));
    return isText;
  };
}
