// Values through every serialisation and back, and bounds that never exclude a value.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CellValue, StructType } from '../../../src/contract/types.ts';
import { FirnError } from '../../../src/errors.ts';
import { readAvro } from '../../../src/iceberg/avro-file.ts';
import { compareBytes, orderOf } from '../../../src/iceberg/cell-order.ts';
import { fromStagedFile, toStagedFile } from '../../../src/iceberg/data-file-json.ts';
import { parseExact, stringifyExact } from '../../../src/iceberg/json-exact.ts';
import { parseMetadata } from '../../../src/iceberg/metadata-json.ts';
import { metricsOf } from '../../../src/iceberg/metrics.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import { fromSingleValue, toSingleValue } from '../../../src/iceberg/single-value.ts';
import { fromJsonValue, toJsonValue } from '../../../src/iceberg/single-value-json.ts';
import { bindTransform, canTransform, isOrderPreserving, parseTransform } from '../../../src/iceberg/transforms.ts';
import { truncateBinaryLower, truncateBinaryUpper, truncateTextLower, truncateTextUpper } from '../../../src/iceberg/truncate-bounds.ts';
import { cellArbitrary, TYPES, textArbitrary } from '../../support/iceberg/cells.ts';
import { append, createTable, dataFile } from '../../support/iceberg/tables.ts';

const RUNS = { numRuns: 200 };
const utf8 = (text: string) => new Uint8Array(Buffer.from(text, 'utf8'));

describe('a value', () => {
  test.each(TYPES)('of %s survives its binary form, its JSON form and a JSON file', (type) => {
    fc.assert(
      fc.property(cellArbitrary(type), (cell) => {
        expect(fromSingleValue(type, toSingleValue(type, cell))).toEqual(cell);
        const json = toJsonValue(type, cell);
        expect(fromJsonValue(type, json)).toEqual(cell);
        if (typeof json !== 'number') expect(fromJsonValue(type, parseExact(stringifyExact(json)))).toEqual(cell);
      }),
      RUNS,
    );
  });

  test.each(TYPES)('of %s survives a staged descriptor and a manifest as a partition value', async (type) => {
    const struct: StructType = { type: 'struct', fields: [{ id: 1, name: 'c', required: false, type }] };
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(cellArbitrary(type), { nil: null }), { minLength: 1, maxLength: 5 }), async (cells) => {
        const table = await createTable({ struct, partition: [{ column: 'c', transform: 'identity', name: 'c' }] });
        const files = cells.map((cell) => dataFile({ partition: [cell] }));
        const staged = files.map((file) => JSON.parse(JSON.stringify(toStagedFile({ file, partition: struct, offsets: [] }))));
        await append(
          table,
          staged.map((one) => fromStagedFile(one, struct)),
        );
        expect((await planScan(table)).map((task) => task.file.partition)).toEqual(cells.map((cell) => [cell]));
      }),
      { numRuns: 15 },
    );
  });
});

describe('truncated bounds', () => {
  test('of texts never exclude the text, are no longer than asked, and are valid UTF-8', () => {
    fc.assert(
      fc.property(textArbitrary, fc.integer({ min: 1, max: 20 }), (text, length) => {
        const value = utf8(text);
        const [lower, upper] = [truncateTextLower(value, length), truncateTextUpper(value, length)];
        expect(compareBytes(lower, value)).toBeLessThanOrEqual(0);
        for (const bound of [lower, upper ?? lower]) {
          const back = Buffer.from(bound).toString('utf8');
          expect(utf8(back)).toEqual(new Uint8Array(bound));
          expect(Array.from(back).length).toBeLessThanOrEqual(length);
        }
        if (upper) expect(compareBytes(upper, value)).toBeGreaterThanOrEqual(0);
        else
          expect(
            Array.from(text)
              .slice(0, length)
              .every((c) => c === '\u{10ffff}'),
          ).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('of binaries never exclude the value and are no longer than asked', () => {
    fc.assert(
      fc.property(cellArbitrary('binary'), fc.integer({ min: 1, max: 20 }), (cell, length) => {
        const value = cell as Uint8Array;
        const [lower, upper] = [truncateBinaryLower(value, length), truncateBinaryUpper(value, length)];
        expect(compareBytes(lower, value)).toBeLessThanOrEqual(0);
        expect(lower.length).toBe(Math.min(length, value.length));
        if (upper) expect([compareBytes(upper, value) >= 0, upper.length <= length]).toEqual([true, true]);
        else expect(value.subarray(0, length).every((byte) => byte === 255)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test.each(TYPES)('of a file hold every %s in it, in every mode', (type) => {
    const schema: StructType = { type: 'struct', fields: [{ id: 1, name: 'c', required: false, type }] };
    const order = orderOf(type);
    fc.assert(
      fc.property(
        fc.array(cellArbitrary(type), { minLength: 1, maxLength: 8 }),
        fc.constantFrom('full', 'truncate(1)', 'truncate(16)'),
        (cells, mode) => {
          const sorted = cells.filter((cell) => !Number.isNaN(cell)).sort(order);
          const stats = { fieldId: 1, columnSizeBytes: 1, valueCount: cells.length, nullCount: 0, isRepeated: false };
          const leaf = sorted.length > 0 ? { ...stats, min: sorted[0]!, max: sorted.at(-1)! } : stats;
          const metrics = metricsOf({ stats: [leaf], schema, properties: { 'write.metadata.metrics.default': mode } });
          const [lower, upper] = [metrics.lowerBounds.get(1), metrics.upperBounds.get(1)];
          const at = (bytes: Uint8Array) => fromSingleValue(type, bytes) as Exclude<CellValue, null>;
          for (const cell of sorted) {
            expect(lower !== undefined && order(at(lower), cell) <= 0).toBe(true);
            if (upper) expect(order(at(upper), cell)).toBeGreaterThanOrEqual(0);
          }
        },
      ),
      RUNS,
    );
  });
});

describe('transforms', () => {
  const texts = ['truncate[3]', 'year', 'month', 'day', 'hour', 'bucket[5]'];
  const allowed = TYPES.flatMap((type) =>
    texts.filter((text) => canTransform(parseTransform(text), type)).map((text) => [type, text] as const),
  );

  test.each(allowed)('%s by %s keep the order they promise and stay in range', (type, text) => {
    const transform = parseTransform(text);
    const apply = bindTransform(transform, type);
    const order = orderOf(type);
    const resultOrder = orderOf(text.startsWith('truncate') ? type : 'int');
    fc.assert(
      fc.property(cellArbitrary(type), cellArbitrary(type), (a, b) => {
        const [left, right] = [apply(a)!, apply(b)!];
        if (transform.kind === 'bucket') expect(left).toSatisfy((bucket: number) => bucket >= 0 && bucket < 5);
        // The smallest values of int and long wrap below their range, as in every implementation.
        const wraps = transform.kind === 'truncate' && (order(left, a) > 0 || order(right, b) > 0);
        if (isOrderPreserving(transform) && !wraps)
          expect(Math.sign(resultOrder(left, right)) * Math.sign(order(a, b))).toBeGreaterThanOrEqual(0);
        expect(apply(null)).toBeNull();
      }),
      RUNS,
    );
  });
});

describe('hostile bytes', () => {
  test('are refused with an error of ours by the Avro and metadata readers, never anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (noise, hasMagic) => {
        const bytes = hasMagic ? Buffer.concat([Buffer.from('Obj\x01', 'latin1'), noise]) : Buffer.from(noise);
        for (const read of [readAvro, parseMetadata]) {
          try {
            read(bytes);
          } catch (error) {
            if (!(error instanceof FirnError)) throw error;
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});
