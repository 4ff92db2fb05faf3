// The shapes of an ODCS document as data: which keys each object has, of which kind, since and until which version of the standard.
// Source: ODCS v3.0.2 and v3.1.0 JSON Schema, v3.2.0 changelog (RFC 0030 maps, 0033 enumerations, 0038 context, 0041 synonyms,
// 0051 deprecation).

export type Shape =
  | 'text'
  | 'flag'
  | 'integer'
  | 'count'
  | 'number'
  | 'scalar'
  | 'any'
  | { readonly list: Shape }
  | { readonly object: ObjectName }
  | { readonly words: readonly string[] }
  /** The first that has the node's kind. */
  | { readonly either: readonly Shape[] };

export interface ObjectShape {
  readonly what: string;
  readonly keys: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  /** Keys that came with v3.2. */
  readonly since32?: Readonly<Record<string, Shape>>;
  /** Open in v3.0: a key it does not know is a warning there. */
  readonly openIn30?: true;
  /** Any key: nothing of it is ours to judge. */
  readonly open?: true;
}

export type ObjectName =
  | 'contract'
  | 'description'
  | 'server'
  | 'schemaObject'
  | 'property'
  | 'item'
  | 'mapTypes'
  | 'enumEntry'
  | 'relationship'
  | 'quality'
  | 'authoritativeDefinition'
  | 'support'
  | 'price'
  | 'team'
  | 'teamMember'
  | 'role'
  | 'sla'
  | 'customProperty';

const strings: Shape = { list: 'text' };
const custom: Shape = { list: { object: 'customProperty' } };
const definitions: Shape = { list: { object: 'authoritativeDefinition' } };
const properties: Shape = { list: { object: 'property' } };
const quality: Shape = { list: { object: 'quality' } };
const reference: Shape = { either: ['text', strings] };
const element = {
  id: 'text',
  name: 'text',
  physicalType: 'text',
  description: 'text',
  businessName: 'text',
  authoritativeDefinitions: definitions,
  tags: strings,
  customProperties: custom,
} as const;
const property = {
  ...element,
  primaryKey: 'flag',
  primaryKeyPosition: 'integer',
  logicalType: 'text',
  logicalTypeOptions: 'any',
  physicalName: 'text',
  required: 'flag',
  unique: 'flag',
  partitioned: 'flag',
  partitionKeyPosition: 'integer',
  classification: 'text',
  encryptedName: 'text',
  transformSourceObjects: strings,
  transformLogic: 'text',
  transformDescription: 'text',
  examples: { list: 'any' },
  criticalDataElement: 'flag',
  relationships: { list: { object: 'relationship' } },
  quality,
  properties,
  items: { object: 'item' },
} as const satisfies Record<string, Shape>;
const property32 = {
  enum: { list: { object: 'enumEntry' } },
  map: { object: 'mapTypes' },
  semanticType: 'text',
  synonyms: { list: 'any' },
  deprecated: 'flag',
  glossary: 'any',
  ontology: 'any',
  terms: 'any',
} as const satisfies Record<string, Shape>;
const operators = {
  mustBe: 'any',
  mustNotBe: 'any',
  mustBeGreaterThan: 'number',
  mustBeGreaterOrEqualTo: 'number',
  mustBeLessThan: 'number',
  mustBeLessOrEqualTo: 'number',
  mustBeBetween: { list: 'number' },
  mustNotBeBetween: { list: 'number' },
} as const satisfies Record<string, Shape>;

export const OBJECT_SHAPES: Readonly<Record<ObjectName, ObjectShape>> = {
  contract: {
    what: 'a data contract',
    required: ['version', 'apiVersion', 'kind', 'id', 'status'],
    keys: {
      version: 'text',
      apiVersion: 'text',
      kind: { words: ['DataContract'] },
      id: 'text',
      name: 'text',
      tenant: 'text',
      tags: strings,
      status: 'text',
      servers: { list: { object: 'server' } },
      dataProduct: 'text',
      description: { object: 'description' },
      domain: 'text',
      schema: { list: { object: 'schemaObject' } },
      support: { list: { object: 'support' } },
      price: { object: 'price' },
      team: { either: [{ list: { object: 'teamMember' } }, { object: 'team' }] },
      roles: { list: { object: 'role' } },
      slaDefaultElement: 'text',
      slaProperties: { list: { object: 'sla' } },
      authoritativeDefinitions: definitions,
      customProperties: custom,
      contractCreatedTs: 'text',
    },
    since32: {
      context: 'any',
      synonyms: { list: 'any' },
      deprecated: 'flag',
      glossary: 'any',
      ontology: 'any',
      terms: 'any',
      variables: 'any',
    },
  },
  description: {
    what: 'a description',
    open: true,
    keys: { usage: 'text', purpose: 'text', limitations: 'text', authoritativeDefinitions: definitions, customProperties: custom },
  },
  server: {
    what: 'a server',
    open: true,
    required: ['server', 'type'],
    keys: { id: 'text', server: 'text', type: 'text', customProperties: custom },
  },
  schemaObject: {
    what: 'a schema object',
    required: ['name'],
    keys: {
      ...element,
      logicalType: { words: ['object'] },
      physicalName: 'text',
      dataGranularityDescription: 'text',
      properties,
      relationships: { list: { object: 'relationship' } },
      quality,
    },
    since32: {
      context: 'any',
      synonyms: { list: 'any' },
      deprecated: 'flag',
      semanticType: 'text',
      glossary: 'any',
      ontology: 'any',
      terms: 'any',
    },
  },
  property: { what: 'a schema property', required: ['name'], keys: property, since32: property32 },
  item: { what: 'the items of an array', keys: property, since32: property32 },
  mapTypes: { what: 'the types of a map', required: ['key', 'value'], keys: { key: { object: 'item' }, value: { object: 'item' } } },
  enumEntry: {
    what: 'an enum entry',
    required: ['value'],
    keys: {
      value: 'scalar',
      label: 'text',
      id: 'text',
      description: 'text',
      tags: strings,
      customProperties: custom,
      authoritativeDefinitions: definitions,
    },
  },
  relationship: {
    what: 'a relationship',
    keys: { type: 'text', from: reference, to: reference, customProperties: custom },
    since32: { id: 'text' },
  },
  quality: {
    what: 'a quality rule',
    openIn30: true,
    keys: {
      ...operators,
      id: 'text',
      authoritativeDefinitions: definitions,
      businessImpact: 'text',
      customProperties: custom,
      description: 'text',
      dimension: { words: ['accuracy', 'completeness', 'conformity', 'consistency', 'coverage', 'timeliness', 'uniqueness'] },
      method: 'text',
      name: 'text',
      schedule: 'text',
      scheduler: 'text',
      severity: 'text',
      tags: strings,
      type: { words: ['text', 'library', 'sql', 'custom'] },
      unit: 'text',
      metric: { words: ['nullValues', 'missingValues', 'invalidValues', 'duplicateValues', 'rowCount'] },
      rule: 'text',
      arguments: 'any',
      query: 'text',
      engine: 'text',
      implementation: 'any',
    },
  },
  authoritativeDefinition: {
    what: 'an authoritative definition',
    openIn30: true,
    required: ['url', 'type'],
    keys: { id: 'text', url: 'text', type: 'text', description: 'text' },
  },
  support: {
    what: 'a support channel',
    openIn30: true,
    required: ['channel'],
    keys: {
      id: 'text',
      channel: 'text',
      url: 'text',
      description: 'text',
      tool: 'text',
      scope: 'text',
      invitationUrl: 'text',
      customProperties: custom,
    },
  },
  price: {
    what: 'a price',
    openIn30: true,
    keys: { id: 'text', priceAmount: 'number', priceCurrency: 'text', priceUnit: 'text' },
  },
  team: {
    what: 'a team',
    openIn30: true,
    keys: {
      id: 'text',
      name: 'text',
      description: 'text',
      members: { list: { object: 'teamMember' } },
      tags: strings,
      customProperties: custom,
      authoritativeDefinitions: definitions,
    },
  },
  teamMember: {
    what: 'a team member',
    openIn30: true,
    required: ['username'],
    keys: {
      id: 'text',
      username: 'text',
      name: 'text',
      description: 'text',
      role: 'text',
      dateIn: 'text',
      dateOut: 'text',
      replacedByUsername: 'text',
      tags: strings,
      customProperties: custom,
      authoritativeDefinitions: definitions,
    },
  },
  role: {
    what: 'a role',
    openIn30: true,
    required: ['role'],
    keys: {
      id: 'text',
      role: 'text',
      description: 'text',
      access: 'text',
      firstLevelApprovers: 'text',
      secondLevelApprovers: 'text',
      customProperties: custom,
    },
  },
  sla: {
    what: 'an SLA property',
    openIn30: true,
    required: ['property', 'value'],
    keys: {
      id: 'text',
      property: 'text',
      value: 'scalar',
      valueExt: 'scalar',
      unit: 'text',
      element: 'text',
      driver: 'text',
      description: 'text',
      scheduler: 'text',
      schedule: 'text',
    },
    since32: { customProperties: custom, authoritativeDefinitions: definitions },
  },
  customProperty: {
    what: 'a custom property',
    openIn30: true,
    required: ['property', 'value'],
    keys: { id: 'text', property: 'text', value: 'any', description: 'text' },
    since32: { vendor: 'text' },
  },
};
