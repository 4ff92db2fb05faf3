// The contracts of the landing benchmark, as ODCS documents. `flat`: 17 fields and 4 technical columns, 21 in the table. `nested`: the
// members of `props` as 13 typed columns by path, 29 fields, and what the contract does not name captured. `gamegen`: the repository's
// own contract of three message versions.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CompiledContract } from '../../src/contract/compiled.ts';
import { loadContract } from '../../src/contract/load-contract.ts';
import { REPOSITORY } from '../batches.ts';
import { EVENT_NAMES } from './events.ts';

export type ContractName = 'flat' | 'nested' | 'capture' | 'gamegen';

export function benchContract(name: ContractName): CompiledContract {
  switch (name) {
    case 'flat':
      return compile(document([...COMMON, PROPS_AS_TEXT], 'ignore'));
    case 'capture':
      return compile(document([...COMMON, PROPS_AS_TEXT], 'capture'));
    case 'nested':
      return compile(document([...COMMON, ...PROPS_BY_PATH], 'capture'));
    case 'gamegen':
      return repositoryContract();
  }
}

type Property = Readonly<Record<string, unknown>>;

const text = (name: string, maxLength: number, required = false): Property => ({
  name,
  logicalType: 'string',
  required,
  logicalTypeOptions: { minLength: 1, maxLength },
});

const COMMON: readonly Property[] = [
  { name: 'event_id', logicalType: 'string', physicalType: 'uuid', required: true },
  {
    name: 'event_name',
    logicalType: 'string',
    required: true,
    quality: [{ id: 'event-known', metric: 'invalidValues', arguments: { validValues: EVENT_NAMES }, mustBe: 0 }],
  },
  { name: 'event_time', logicalType: 'timestamp', required: true },
  text('user_id', 64, true),
  text('device_id', 64, true),
  text('session_id', 64, true),
  text('platform', 16, true),
  text('app_version', 32, true),
  text('device_model', 64, true),
  text('os_version', 32, true),
  text('country', 32, true),
  text('language', 32, true),
  { name: 'sequence', logicalType: 'integer', required: true },
  { name: 'level', logicalType: 'integer', physicalType: 'int', required: true, logicalTypeOptions: { minimum: 0 } },
  { name: 'revenue', logicalType: 'number', physicalType: 'decimal(18,4)', logicalTypeOptions: { minimum: 0 } },
  text('currency', 3),
];

const PROPS_AS_TEXT: Property = { name: 'props', logicalType: 'string', physicalType: 'json', required: true };

const byPath = (member: string, type: Property): Property => ({
  name: `prop_${member}`,
  ...type,
  customProperties: [{ property: 'firn.path', value: `props.${member}` }],
});
const integer = { logicalType: 'integer' };
const string = { logicalType: 'string' };

const PROPS_BY_PATH: readonly Property[] = [
  byPath('stage', integer),
  byPath('difficulty', string),
  byPath('duration_ms', integer),
  byPath('score', integer),
  byPath('is_win', { logicalType: 'boolean' }),
  byPath('fps_avg', { logicalType: 'number' }),
  byPath('hero', string),
  byPath('gold', integer),
  byPath('item_id', string),
  byPath('quantity', { logicalType: 'integer', physicalType: 'int' }),
  byPath('ad_network', string),
  byPath('placement', string),
  byPath('server', string),
];

function document(properties: readonly Property[], undeclared: 'ignore' | 'capture'): string {
  return JSON.stringify({
    apiVersion: 'v3.1.0',
    kind: 'DataContract',
    id: 'urn:firn:bench:events',
    version: '1.0.0',
    status: 'active',
    domain: 'bench',
    schema: [
      {
        name: 'events',
        logicalType: 'object',
        physicalType: 'table',
        properties,
        customProperties: [
          { property: 'firn.eventTime', value: { column: 'event_time' } },
          { property: 'firn.undeclared', value: undeclared },
        ],
      },
    ],
    customProperties: [
      { property: 'firn.source', value: { topic: 'events', format: 'json' } },
      {
        property: 'firn.table',
        value: { partition: ['day(event_time)'], sort: ['event_time'], formatVersion: 2, omit: ['kafka_topic', 'ingested_at'] },
      },
    ],
  });
}

function compile(contract: string): CompiledContract {
  const loaded = loadContract(contract, { file: 'bench/events.odcs.yaml' });
  if (!loaded.ok) throw new Error(loaded.findings.map((finding) => finding.message).join('\n'));
  return loaded.contract;
}

function repositoryContract(): CompiledContract {
  const file = join(REPOSITORY, 'schemas/game/game-events.odcs.yaml');
  const ids = JSON.parse(readFileSync(file.replace('.odcs.yaml', '.ids.json'), 'utf8')) as never;
  const loaded = loadContract(readFileSync(file, 'utf8'), { file, ids });
  if (!loaded.ok) throw new Error(loaded.findings.map((finding) => finding.message).join('\n'));
  return loaded.contract;
}
