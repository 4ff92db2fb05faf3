// Which type changes keep every written value readable. Source: Iceberg specification, "Schema Evolution" ; `unknown` to
// any type and date to timestamp are of version 3.
import { decimalOf, type IcebergType } from '../contract/types.ts';
import { normalType } from './schema-json.ts';

/**
 * May a column of type `from` become `to`? Equal types are allowed. Dates may become timestamps only in tables of version 3, and only
 * where no partition field of the table would have other values then (update-schema.ts).
 */
export function isPromotion(from: IcebergType, to: IcebergType, formatVersion = 2): boolean {
  if (typeof from !== 'string' || typeof to !== 'string') return false;
  if (normalType(from) === normalType(to)) return true;
  if (from === 'unknown') return true;
  if (from === 'int') return to === 'long';
  if (from === 'float') return to === 'double';
  if (from === 'date') return formatVersion >= 3 && (to === 'timestamp' || to === 'timestamp_ns');
  const [narrow, wide] = [decimalOf(from), decimalOf(to)];
  return narrow !== undefined && wide !== undefined && narrow.scale === wide.scale && narrow.precision <= wide.precision;
}
