// Which Iceberg type a property has: logical type, `physicalType` and options together (CONTRACT "Types"). A pair that does not go
// together is refused, never resolved by guessing.
import { type Report, refuse } from './findings.ts';
import { type DocNode, flagOf, member, textOf } from './nodes.ts';
import { suggestion } from './suggest.ts';
import { parseTypeText, type TypeSpec } from './type-text.ts';
import { decimalOf, type PrimitiveType } from './types.ts';

/** What a property is, before its members are compiled. `logical` is the effective logical type. */
export interface ColumnType {
  readonly logical: string;
  readonly spec: TypeSpec | 'properties' | 'items' | 'map';
}

/** The type of one property, or undefined after a finding. */
export function columnType(report: Report, node: DocNode, formatVersion: 2 | 3): ColumnType | undefined {
  const logicalNode = member(node, 'logicalType');
  const physicalNode = member(node, 'physicalType');
  const physicalText = textOf(physicalNode);
  const isBare =
    physicalText !== undefined && /^(struct|object|list|array|map)$/i.test(physicalText.trim()) && structuralLogical(node) !== undefined;
  const parsed = physicalText === undefined || isBare ? undefined : parseTypeText(physicalText);
  if (parsed && !parsed.ok) {
    return refuse(report, physicalNode!, { rule: 'physical-type', message: `no type: ${parsed.message}`, remedy: parsed.remedy });
  }
  const physical = parsed?.type;
  const logical = textOf(logicalNode) ?? (physical && logicalOf(physical)) ?? structuralLogical(node);
  if (logical === undefined) {
    return refuse(report, node, {
      rule: 'logical-type',
      message: 'expected a logicalType, got none',
      remedy: 'add logicalType: string, integer, timestamp …',
    });
  }
  if (logical === 'vector') {
    return refuse(report, logicalNode!, {
      rule: 'unsupported',
      message: 'the logical type vector is not supported by this version',
      remedy: 'use array with items',
    });
  }
  if (!Object.hasOwn(ALLOWED, logical)) return undefined;
  const spec = physical ? checkPair(report, physicalNode!, { logical, physical }) : defaultSpec(report, node, logical);
  if (!spec) return undefined;
  if (!fitsVersion(report, physicalNode ?? node, { spec, formatVersion })) return undefined;
  return checkTimezone(report, node, spec) ? { logical, spec } : undefined;
}

const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  string: ['string', 'uuid', 'fixed', 'binary'],
  integer: ['long', 'int', 'decimal'],
  number: ['double', 'float', 'decimal', 'int', 'long'],
  boolean: ['boolean'],
  date: ['date'],
  timestamp: ['timestamptz', 'timestamp', 'timestamp_ns', 'timestamptz_ns'],
  time: ['time'],
  object: ['struct', 'map'],
  array: ['list'],
  map: ['map'],
};

const INTEGER_FORMATS: Readonly<Record<string, PrimitiveType>> = {
  i8: 'int',
  i16: 'int',
  i32: 'int',
  i64: 'long',
  u8: 'int',
  u16: 'int',
  u32: 'long',
  u64: 'decimal(20,0)',
};

/** Text of a type's family: `decimal(18,4)` → `decimal`. */
function family(spec: TypeSpec): string {
  return spec.kind === 'primitive' ? spec.type.replace(/[([].*$/, '') : spec.kind;
}

function logicalOf(spec: TypeSpec): string | undefined {
  if (spec.kind === 'primitive' && spec.isJsonText) return 'object';
  const name = family(spec);
  if (name === 'decimal') return 'number';
  return Object.keys(ALLOWED).find((logical) => ALLOWED[logical]!.includes(name));
}

function structuralLogical(node: DocNode): string | undefined {
  if (member(node, 'properties')) return 'object';
  if (member(node, 'items')) return 'array';
  return member(node, 'map') ? 'map' : undefined;
}

function checkPair(
  report: Report,
  at: DocNode,
  pair: { readonly logical: string; readonly physical: TypeSpec },
): ColumnType['spec'] | undefined {
  const { logical, physical } = pair;
  if (physical.kind === 'primitive' && physical.isJsonText) {
    if (logical === 'object' || logical === 'array' || logical === 'string' || logical === 'map') return physical;
  } else if (ALLOWED[logical]!.includes(family(physical))) {
    if (logical !== 'integer' || (decimalOf(physical.kind === 'primitive' ? physical.type : 'string')?.scale ?? 0) === 0) return physical;
  }
  const words = ALLOWED[logical]!.map((name) => (name === 'decimal' ? 'decimal(p,s)' : name === 'fixed' ? 'fixed(n)' : name));
  const message = `the logical type ${logical} cannot be stored as ${family(physical)}`;
  return refuse(report, at, { rule: 'physical-type', message, remedy: `expected ${words.join(', ')}, or another logicalType` });
}

function defaultSpec(report: Report, node: DocNode, logical: string): ColumnType['spec'] | undefined {
  switch (logical) {
    case 'object':
      return member(node, 'properties') ? 'properties' : missing(report, node, "expected 'properties' of an object, got none");
    case 'array':
      return member(node, 'items') ? 'items' : missing(report, node, "expected 'items' of an array, got none");
    case 'map':
      return member(node, 'map') ? 'map' : missing(report, node, "expected 'map' with key and value, got none");
    case 'integer':
      return defaultInteger(report, node);
    case 'number':
      return primitive(textOf(member(member(node, 'logicalTypeOptions'), 'format')) === 'f32' ? 'float' : 'double');
    case 'timestamp':
      return primitive(flagOf(member(member(node, 'logicalTypeOptions'), 'timezone')) === false ? 'timestamp' : 'timestamptz');
    default:
      return primitive(ALLOWED[logical]![0] as PrimitiveType);
  }
}

function defaultInteger(report: Report, node: DocNode): TypeSpec | undefined {
  const formatNode = member(member(node, 'logicalTypeOptions'), 'format');
  const format = textOf(formatNode);
  if (format === undefined) return primitive('long');
  if (Object.hasOwn(INTEGER_FORMATS, format)) return primitive(INTEGER_FORMATS[format]!);
  if (format !== 'i128' && format !== 'u128') return undefined;
  return refuse(report, formatNode!, {
    rule: 'unsupported',
    message: `${format} does not fit any Iceberg type`,
    remedy: 'set physicalType: decimal(38,0)',
  });
}

function primitive(type: PrimitiveType): TypeSpec {
  return { kind: 'primitive', type, isJsonText: false };
}

function missing(report: Report, node: DocNode, message: string): undefined {
  return refuse(report, node, { rule: 'nested-type', message, remedy: 'describe it, or keep it as text with physicalType: json' });
}

function fitsVersion(report: Report, at: DocNode, type: { readonly spec: ColumnType['spec']; readonly formatVersion: 2 | 3 }): boolean {
  if (type.formatVersion === 3 || typeof type.spec === 'string' || !usesNanos(type.spec)) return true;
  refuse(report, at, {
    rule: 'format-version',
    message: 'nanosecond timestamps need format version 3, the table has 2',
    remedy: 'set formatVersion: 3 in firn.table',
  });
  return false;
}

function usesNanos(spec: TypeSpec): boolean {
  switch (spec.kind) {
    case 'primitive':
      return spec.type.endsWith('_ns');
    case 'list':
      return usesNanos(spec.element);
    case 'map':
      return usesNanos(spec.key) || usesNanos(spec.value);
    case 'struct':
      return spec.members.some((one) => usesNanos(one.type));
  }
}

/** `timezone` and `defaultTimezone` must say what the type says; only UTC is assumed where a text has no zone. */
function checkTimezone(report: Report, node: DocNode, spec: ColumnType['spec']): boolean {
  const options = member(node, 'logicalTypeOptions');
  const zoneNode = member(options, 'defaultTimezone');
  const zone = textOf(zoneNode);
  if (zoneNode && zone !== undefined && !/^(Etc\/)?(UTC|GMT|Z)$/.test(zone)) {
    const remedy = suggestion(zone, ['Etc/UTC', 'UTC']);
    refuse(report, zoneNode, {
      rule: 'unsupported',
      message: 'a default time zone other than UTC is not supported by this version',
      remedy,
    });
    return false;
  }
  const flagNode = member(options, 'timezone');
  const flag = flagOf(flagNode);
  if (!flagNode || flag === undefined || typeof spec === 'string' || spec.kind !== 'primitive' || !spec.type.startsWith('timestamp'))
    return true;
  if (spec.type.startsWith('timestamptz') === flag) return true;
  refuse(report, flagNode, {
    rule: 'physical-type',
    message: `timezone: ${flag} contradicts physicalType ${spec.type}`,
    remedy: 'drop one of them',
  });
  return false;
}
