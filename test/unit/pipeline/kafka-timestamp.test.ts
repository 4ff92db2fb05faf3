// `kafka_timestamp` is the record's own, to the last digit, whichever way a record is judged: a producer that stamps
// microseconds as milliseconds comes out at the last millisecond of the year 9999, whose microseconds are no exact double.
import { describe, expect, it } from 'vitest';
import { readRow } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import { createPipeline } from '../../../src/pipeline/create-pipeline.ts';
import { tableOf } from '../../support/oracle/program.ts';
import { recordsOf } from '../../support/oracle/records.ts';

const TABLE = tableOf({ columns: [{ name: 'n', type: 'int' }] });
const LAYOUT = layoutOf(TABLE.program.struct);

describe('the Kafka timestamp of a row', () => {
  it.each(['hot', 'plain'] as const)('is exact in microseconds on the %s path', (path) => {
    const pipeline = createPipeline(TABLE, { path });
    for (const timestampMs of [-1, 0, 1_767_225_600_001, 10_000_000_000_001, 253_402_300_799_999]) {
      const { columns } = pipeline.process(recordsOf(['{"n":1}'], { timestampMs }), { ingestedAtMs: 0 });
      const cells = readRow(columns, LAYOUT, 0);
      const at = LAYOUT.top.findIndex((slot) => LAYOUT.slots[slot]!.field.name === 'kafka_timestamp');
      expect(cells[at]).toBe(BigInt(timestampMs) * 1000n);
    }
  });
});
