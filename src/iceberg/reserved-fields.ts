// Field ids no table column may have: Iceberg's metadata columns count down from the largest int. Source: Iceberg
// specification, "Reserved Field IDs".
import type { NestedField } from '../contract/types.ts';

/** The largest id a column may have; the 200 above it are reserved. */
export const FIELD_ID_MAX = 2 ** 31 - 1 - 200;

/** Metadata columns by name. */
export const RESERVED_FIELDS: readonly NestedField[] = [
  { id: 2_147_483_646, name: '_file', required: true, type: 'string' },
  { id: 2_147_483_645, name: '_pos', required: true, type: 'long' },
  { id: 2_147_483_644, name: '_deleted', required: true, type: 'boolean' },
  { id: 2_147_483_643, name: '_spec_id', required: true, type: 'int' },
  { id: 2_147_483_546, name: 'file_path', required: true, type: 'string' },
  { id: 2_147_483_545, name: 'pos', required: true, type: 'long' },
  { id: 2_147_483_543, name: '_change_type', required: true, type: 'string' },
  { id: 2_147_483_542, name: '_change_ordinal', required: true, type: 'int' },
  { id: 2_147_483_541, name: '_commit_snapshot_id', required: true, type: 'long' },
  { id: 2_147_483_540, name: '_row_id', required: false, type: 'long' },
  { id: 2_147_483_539, name: '_last_updated_sequence_number', required: false, type: 'long' },
];
