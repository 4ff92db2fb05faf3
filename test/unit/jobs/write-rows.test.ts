// Files written into a table that others have altered: what its schema says is kept exactly, and no row is lost to it.
import { describe, expect, it } from 'vitest';
import { buildColumns } from '../../../src/column-cells.ts';
import type { NestedField, StructType } from '../../../src/contract/types.ts';
import { fromSingleValue } from '../../../src/iceberg/single-value.ts';
import { encodeRows } from '../../../src/jobs/write-rows.ts';
import { readFooter } from '../../../src/parquet/read-footer.ts';

const OURS: NestedField = { id: 1, name: 'n', required: true, type: 'int' };

function encode(tableFields: readonly NestedField[]) {
  const struct: StructType = { type: 'struct', fields: [OURS] };
  const target = {
    location: 's3://lake/game/scores',
    struct,
    schema: { type: 'struct' as const, 'schema-id': 3, fields: tableFields },
    spec: { 'spec-id': 0, fields: [] },
    sortOrder: { 'order-id': 0, fields: [] },
    properties: {},
  };
  const columns = buildColumns(struct, [[2], [1]]);
  return encodeRows(target, { columns, order: Uint32Array.of(0, 1), partition: [], path: 's3://lake/game/scores/data/a.parquet' });
}

describe('rows of a contract', () => {
  it('are written into a table with a default beyond 2^53 that another writer gave to a column of its own', () => {
    const theirs: NestedField = { id: 2, name: 'theirs', required: false, type: 'long', 'initial-default': 2n ** 60n + 1n };
    const footer = readFooter(encode([OURS, theirs]).bytes);
    expect(footer.metadata.get('iceberg.schema')).toContain(`"initial-default":${2n ** 60n + 1n}`);
  });

  it('are written into a column that another writer widened, with bounds', () => {
    const { file } = encode([{ ...OURS, type: 'long' }]);
    expect(fromSingleValue('long', file.lowerBounds!.get(1)!)).toBe(1n);
    expect(fromSingleValue('long', file.upperBounds!.get(1)!)).toBe(2n);
  });
});
