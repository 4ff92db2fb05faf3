// Small contracts for tests: a document around the part under test.
import type { CompiledContract, CompiledTable } from '../../../src/contract/compiled.ts';
import type { FieldIdsFile } from '../../../src/contract/field-ids.ts';
import { type LoadResult, loadContract } from '../../../src/contract/load-contract.ts';

export interface SampleParts {
  /** JSON of properties. */
  readonly properties: readonly unknown[];
  readonly quality?: readonly unknown[];
  readonly firn?: Readonly<Record<string, unknown>>;
  readonly table?: unknown;
  readonly source?: unknown;
  readonly version?: string;
  readonly ids?: FieldIdsFile;
  readonly domain?: string;
  readonly apiVersion?: string;
}

/** `firn.*` values as custom properties. */
export function custom(values: Readonly<Record<string, unknown>>): readonly unknown[] {
  return Object.entries(values).map(([property, value]) => ({ property: `firn.${property}`, value }));
}

export function sampleText(parts: SampleParts): string {
  return JSON.stringify({
    apiVersion: parts.apiVersion ?? 'v3.1.0',
    kind: 'DataContract',
    id: 'urn:firn:test:sample',
    version: parts.version ?? '1.0.0',
    status: 'active',
    domain: parts.domain ?? 'test',
    schema: [{ name: 'sample', properties: parts.properties, quality: parts.quality ?? [], customProperties: custom(parts.firn ?? {}) }],
    customProperties: custom({ source: parts.source ?? { topic: 'sample' }, ...(parts.table === undefined ? {} : { table: parts.table }) }),
  });
}

export function loadSample(parts: SampleParts): LoadResult {
  return loadContract(sampleText(parts), { file: 'schemas/test/sample.odcs.json', ...(parts.ids ? { ids: parts.ids } : {}) });
}

/** A sample that must compile. */
export function compileSample(parts: SampleParts): CompiledContract {
  const result = loadSample(parts);
  if (!result.ok) throw new Error(result.findings.map((finding) => `${finding.rule}: ${finding.message}`).join('\n'));
  return result.contract;
}

export function sampleTable(parts: SampleParts): CompiledTable {
  return compileSample(parts).tables[0]!;
}

/** `rule: message` of the errors of a sample that must not compile. */
export function errorsOf(parts: SampleParts): readonly string[] {
  const result = loadSample(parts);
  return result.ok ? [] : result.findings.map((finding) => `${finding.rule}: ${finding.message}`);
}
