// An encoder with poison planted in it: a row that says so loops for ever or exhausts the heap. Every other row is encoded as usual.
import { encodeRows as encodeRealRows } from '../../../../src/jobs/write-rows.ts';

export const encodeRows: typeof encodeRealRows = (target, rows) => {
  const text = rows.columns.bytes.toString('latin1');
  if (text.includes('encode-loops')) for (;;);
  if (text.includes('encode-exhausts')) for (const kept: object[] = []; ; ) kept.push({ kept: new Array(1000).fill(kept.length) });
  return encodeRealRows(target, rows);
};
