// Which type changes keep every written value readable. Source: Iceberg specification, "Schema Evolution" (v1 and v2 rules; of
// the v3 additions only `unknown` to any type, since date to timestamp changes what partition values mean).
import { decimalOf, type IcebergType } from '../contract/types.ts';
import { normalType } from './schema-json.ts';

/** May a column of type `from` become `to`? Equal types are allowed. */
export function isPromotion(from: IcebergType, to: IcebergType): boolean {
  if (typeof from !== 'string' || typeof to !== 'string') return false;
  if (normalType(from) === normalType(to)) return true;
  if (from === 'unknown') return true;
  if (from === 'int') return to === 'long';
  if (from === 'float') return to === 'double';
  const [narrow, wide] = [decimalOf(from), decimalOf(to)];
  return narrow !== undefined && wide !== undefined && narrow.scale === wide.scale && narrow.precision <= wide.precision;
}
