// The hash that tells whether two landings were judged by the same program (descriptors carry it).
import { createHash } from 'node:crypto';
import type { CompiledTable } from './compiled.ts';
import { canonicalText, encode } from './encode.ts';

/** SHA-256 (hex) of the programs of all tables. Places in files, versions and descriptions of columns do not count. */
export function programHash(tables: readonly CompiledTable[]): string {
  const programs = tables.map(({ schemaObject, identifier, program, route }) => ({
    schemaObject,
    identifier,
    program: withoutDocs(program),
    ...(route ? { route } : {}),
  }));
  return createHash('sha256')
    .update(canonicalText(encode(programs)))
    .digest('hex');
}

function withoutDocs(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(withoutDocs);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, withoutDocs(item)]));
  const isField = 'id' in value && 'type' in value;
  const kept = Object.entries(value).filter(([key]) => !(isField && key === 'doc'));
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutDocs(item)]));
}
