// Human text of transformed values and the Hive-like path of a partition, as the reference implementation spells them:
// `event_time_day=2026-11-22/user_bucket=3`. Source: PartitionSpec.partitionToPath and Transform.toHumanString of iceberg-java.
import { type CellValue, decimalOf, type IcebergType, type StructType } from '../contract/types.ts';
import { isoDate, isoTime, isoTimestamp, isoYear, pad } from './calendar.ts';
import { fieldsById } from './schema-fields.ts';
import { decimalText, uuidText } from './single-value-json.ts';
import { parseTransform, resultTypeOf, type Transform } from './transforms.ts';
import type { PartitionSpec } from './types.ts';

/** Path of a partition tuple, without slashes at its ends; empty for an unpartitioned table. */
export function partitionPath(request: {
  readonly schema: StructType;
  readonly spec: PartitionSpec;
  readonly partition: readonly CellValue[];
}): string {
  const fields = fieldsById(request.schema);
  return request.spec.fields
    .map((field, i) => {
      const transform = parseTransform(field.transform);
      const source = fields.get(field['source-id'])?.field.type ?? 'string';
      return `${formEncode(field.name)}=${formEncode(humanText({ transform, type: source, cell: request.partition[i] ?? null }))}`;
    })
    .join('/');
}

/** Text of one transformed value: `2017-11-16`, `1969-12-31-23`, `12`. `type` is the transform's source type. */
export function humanText(value: { readonly transform: Transform; readonly type: IcebergType; readonly cell: CellValue }): string {
  if (value.cell === null) return 'null';
  switch (value.transform.kind) {
    case 'year':
      return isoYear(1970 + (value.cell as number));
    case 'month': {
      const months = value.cell as number;
      return `${isoYear(1970 + Math.floor(months / 12))}-${pad((((months % 12) + 12) % 12) + 1, 2)}`;
    }
    case 'hour': {
      const hours = value.cell as number;
      return `${isoDate(Math.floor(hours / 24))}-${pad(((hours % 24) + 24) % 24, 2)}`;
    }
    default:
      return plainText(resultTypeOf(value.transform, value.type), value.cell);
  }
}

function plainText(type: IcebergType, cell: Exclude<CellValue, null>): string {
  switch (type) {
    case 'date':
      return isoDate(cell as number);
    case 'time':
      return shortTime(isoTime(cell as bigint, 1_000_000n));
    case 'timestamp':
    case 'timestamp_ns':
      return isoTimestamp(cell as bigint, type);
    case 'timestamptz':
    case 'timestamptz_ns':
      return `${isoTimestamp(cell as bigint, type)}+00:00`;
    case 'float':
    case 'double':
      return javaFloat(cell as number, type);
    case 'uuid':
      return uuidText(cell as Uint8Array);
    default: {
      const decimal = decimalOf(type);
      if (decimal) return javaDecimal(cell as bigint, decimal.scale);
      return cell instanceof Uint8Array ? Buffer.from(cell).toString('base64') : String(cell);
    }
  }
}

/** java.time.LocalTime.toString: no `:00` seconds, fractions in groups of three digits. */
function shortTime(iso: string): string {
  const [clock, fraction] = iso.split('.') as [string, string | undefined];
  if (fraction === undefined) return clock.endsWith(':00') ? clock.slice(0, -3) : clock;
  return `${clock}.${fraction.padEnd(Math.ceil(fraction.length / 3) * 3, '0')}`;
}

/** java.math.BigDecimal.toString: scientific when the exponent is below -6. */
function javaDecimal(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString();
  const adjusted = digits.length - 1 - scale;
  if (adjusted >= -6) return decimalText(unscaled, scale);
  const mantissa = digits.length === 1 ? digits : `${digits[0]}.${digits.slice(1)}`;
  return `${unscaled < 0n ? '-' : ''}${mantissa}E${adjusted}`;
}

/** java.lang.Double.toString and Float.toString: at least two digits, scientific outside [10^-3, 10^7). */
function javaFloat(value: number, type: 'float' | 'double'): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (value === 0) return `${sign}0.0`;
  const [mantissa, exponentText] = shortestDigits(Math.abs(value), type).split('e') as [string, string];
  const digits = mantissa.replace('.', '');
  const exponent = Number(exponentText);
  if (exponent < -3 || exponent >= 7) return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${exponent}`;
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}

/** `d.ddde±x` of the shortest digits (at least two, dropped again where the second is zero) that give the value back. */
function shortestDigits(value: number, type: 'float' | 'double'): string {
  for (let fraction = 1; fraction < 17; fraction += 1) {
    const text = value.toExponential(fraction);
    if ((type === 'float' ? Math.fround(Number(text)) : Number(text)) === value) return text.replace(/\.?0+e/, 'e');
  }
  return value.toExponential(17);
}

/** application/x-www-form-urlencoded, as java.net.URLEncoder does it. */
function formEncode(text: string): string {
  return Array.from(Buffer.from(text, 'utf8'), (byte) => {
    const character = String.fromCharCode(byte);
    if (/[A-Za-z0-9.*_-]/.test(character)) return character;
    return character === ' ' ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}
