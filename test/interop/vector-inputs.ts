// What the reference implementation is asked for test/golden/data/firn-vectors.json: metadata objects, schemas with defaults, nested
// single values, bitmaps of deletion vectors and Puffin files. JSON is given as text, so that numbers above 2^53 stay as they are.

export interface VectorInput {
  readonly section: string;
  readonly [key: string]: unknown;
}

const ALL_TYPES: readonly (readonly [type: string, value: unknown])[] = [
  ['boolean', true],
  ['int', -2147483648],
  ['long', 9007199254740991],
  ['float', 0.5],
  ['double', -1e300],
  ['date', '1969-12-31'],
  ['time', '23:59:59.999999'],
  ['timestamp', '2024-02-29T23:59:59.123456'],
  ['timestamptz', '1969-12-31T23:59:59.999999+00:00'],
  ['timestamp_ns', '2262-04-11T23:47:16.854775807'],
  ['timestamptz_ns', '1969-12-31T23:59:59.999999999+00:00'],
  ['string', 'né "quoted" \u{1F600}'],
  ['uuid', 'f79c3e09-677c-4bbd-a479-3f349cb785e7'],
  ['fixed[3]', '00FF10'],
  ['binary', ''],
  ['decimal(9, 2)', '-0.05'],
  ['decimal(38, 10)', '9999999999999999999999999999.9999999999'],
];

const schemaText = (fields: readonly object[]) => JSON.stringify({ type: 'struct', 'schema-id': 3, fields });

const DEFAULTS: readonly VectorInput[] = ALL_TYPES.flatMap(([type, value]) =>
  [true, false].map((required) => ({
    section: 'schema-defaults',
    given: schemaText([{ id: 1, name: 'c', required, type, doc: 'd', 'initial-default': value, 'write-default': value }]),
  })),
);

const STRUCT = {
  type: 'struct',
  fields: [
    { id: 2, name: 'a', required: false, type: 'timestamptz_ns' },
    { id: 3, name: 'b', required: true, type: 'decimal(9, 2)' },
  ],
};
const MAP = { type: 'map', 'key-id': 4, key: 'date', 'value-id': 5, 'value-required': false, value: STRUCT };
const LIST = { type: 'list', 'element-id': 6, 'element-required': false, element: MAP };
const STRUCT_VALUE = { 2: '2024-02-29T23:59:59.123456789+00:00', 3: '1.00' };

const NESTED: readonly VectorInput[] = (
  [
    [STRUCT, STRUCT_VALUE],
    [MAP, { keys: ['1970-01-01', '2024-02-29'], values: [STRUCT_VALUE, STRUCT_VALUE] }],
    [MAP, { keys: [], values: [] }],
    [
      LIST,
      [
        { keys: ['0001-01-01'], values: [STRUCT_VALUE] },
        { keys: [], values: [] },
      ],
    ],
    [LIST, []],
    ...ALL_TYPES.map(([type, value]) => [{ type: 'list', 'element-id': 2, 'element-required': true, element: type }, [value, value]]),
  ] as const
).map(([type, value]) => ({
  section: 'nested-value-json',
  schema: schemaText([{ id: 1, name: 'c', required: false, type }]),
  given: JSON.stringify(value),
}));

/** `[from, to, step]`, `to` left out. */
const VECTORS: readonly VectorInput[] = [
  [],
  [[0, 1, 1]],
  [[65_535, 65_537, 1]],
  [[0, 1_000_000, 1]],
  [[1, 8_193, 2]],
  [[1, 8_195, 2]],
  [
    [0, 4_096, 1],
    [10_000, 30_000, 7],
  ],
  [
    [0, 5, 1],
    [100, 105, 1],
    [200, 201, 1],
  ],
  [[2 ** 31 - 1, 2 ** 31 + 1, 1]],
  [[2 ** 32 - 1, 2 ** 32 + 1, 1]],
  [
    [7, 8, 1],
    [3 * 2 ** 32 + 5, 3 * 2 ** 32 + 50, 3],
  ],
  [
    [65_536 * 9, 65_536 * 10, 1],
    [65_536 * 12, 65_536 * 12 + 3, 1],
  ],
].map((ranges) => ({ section: 'deletion-vector', ranges, skipsKeys: ranges.some(([from]) => from! > 2 ** 33) }));

const blob = (hex: string, codec: string | null, more: object = {}) => ({
  type: 'apache-datasketches-theta-v1',
  fields: [1],
  snapshotId: '9007199254740993',
  sequenceNumber: 7,
  properties: { ndv: '42' },
  hex,
  codec,
  ...more,
});

const PUFFINS: readonly VectorInput[] = [
  [],
  [blob('00ff', null)],
  [blob('', null), blob('ab'.repeat(300), 'zstd'), blob('0102', null, { fields: [2, 3], properties: {} })],
  [blob('d1d33964', null, { type: 'deletion-vector-v1', snapshotId: '-1', sequenceNumber: -1, properties: { cardinality: '1' } })],
].map((blobs) => ({ section: 'puffin', isFooterCompressed: false, blobs }));

const SCHEMA = {
  type: 'struct',
  'schema-id': 0,
  'identifier-field-ids': [1],
  fields: [
    { id: 1, name: 'id', required: true, type: 'long' },
    { id: 2, name: 'at', required: false, type: 'timestamptz' },
    { id: 3, name: 'name', required: false, type: 'string' },
  ],
};
const field = (source: number, transform: string, rest: object) => ({ 'source-id': source, transform, ...rest });
const snapshot = (id: string, number: number, more: object = {}) => ({
  'sequence-number': number,
  'snapshot-id': `#${id}#`,
  'timestamp-ms': 1_700_000_000_000 + number,
  summary: { operation: 'append', 'added-records': '1' },
  'manifest-list': `file:/t/metadata/snap-${number}.avro`,
  'schema-id': 0,
  ...more,
});
/** Above 2^53: written as numbers when the text is made. */
const [FIRST, SECOND] = ['9007199254740993', '9223372036854775807'] as const;
const exact = (json: object) => JSON.stringify(json).replaceAll(/"#(\d+)#"/g, '$1');

const BASE = {
  'table-uuid': '9c12d441-03fe-4693-9a96-a0705ddf69c1',
  location: 'file:/t',
  'last-sequence-number': 2,
  'last-updated-ms': 1_700_000_000_009,
  'last-column-id': 3,
  'current-schema-id': 0,
  schemas: [SCHEMA],
  'default-spec-id': 1,
  'partition-specs': [
    { 'spec-id': 0, fields: [] },
    {
      'spec-id': 1,
      fields: [
        field(2, 'day', { 'field-id': 1000, name: 'at_day' }),
        field(1, 'bucket[16]', { 'field-id': 1001, name: 'id_bucket' }),
        field(3, 'void', { 'field-id': 1002, name: 'name_gone' }),
      ],
    },
  ],
  'last-partition-id': 1002,
  'default-sort-order-id': 2,
  'sort-orders': [
    { 'order-id': 0, fields: [] },
    {
      'order-id': 2,
      fields: [
        field(2, 'hour', { direction: 'desc', 'null-order': 'nulls-last' }),
        field(3, 'truncate[4]', { direction: 'asc', 'null-order': 'nulls-first' }),
      ],
    },
  ],
  properties: { 'write.format.default': 'parquet', '': 'empty name' },
  'snapshot-log': [
    { 'timestamp-ms': 1_700_000_000_001, 'snapshot-id': `#${FIRST}#` },
    { 'timestamp-ms': 1_700_000_000_002, 'snapshot-id': `#${SECOND}#` },
  ],
  'metadata-log': [{ 'timestamp-ms': 1_700_000_000_000, 'metadata-file': 'file:/t/metadata/00000-a.metadata.json' }],
  'current-snapshot-id': `#${SECOND}#`,
  snapshots: [snapshot(FIRST, 1), snapshot(SECOND, 2, { 'parent-snapshot-id': `#${FIRST}#` })],
  refs: {
    main: { 'snapshot-id': `#${SECOND}#`, type: 'branch', 'min-snapshots-to-keep': 2, 'max-snapshot-age-ms': 10, 'max-ref-age-ms': 5 },
    'a/ü': { 'snapshot-id': `#${FIRST}#`, type: 'tag', 'max-ref-age-ms': 86_400_000 },
  },
};
const STATISTICS = {
  statistics: [
    {
      'snapshot-id': `#${FIRST}#`,
      'statistics-path': 'file:/t/metadata/s.puffin',
      'file-size-in-bytes': 413,
      'file-footer-size-in-bytes': 42,
      'blob-metadata': [
        { type: 'ndv', 'snapshot-id': `#${FIRST}#`, 'sequence-number': 1, fields: [1, 2], properties: { ndv: '5' } },
        { type: 'ndv', 'snapshot-id': `#${SECOND}#`, 'sequence-number': 2, fields: [] },
      ],
    },
  ],
  'partition-statistics': [{ 'snapshot-id': `#${SECOND}#`, 'statistics-path': 'file:/t/metadata/p.parquet', 'file-size-in-bytes': 43 }],
};
const EMPTY = { ...BASE, 'current-snapshot-id': null, 'snapshot-log': [], snapshots: [], refs: {}, 'metadata-log': [] };
const ROWS = [
  snapshot(FIRST, 1, { 'first-row-id': 0, 'added-rows': 5, 'key-id': 'k1' }),
  snapshot(SECOND, 2, { 'first-row-id': 5, 'added-rows': 0 }),
];

const METADATA: readonly VectorInput[] = [
  { 'format-version': 2, ...BASE },
  { 'format-version': 2, ...EMPTY },
  { 'format-version': 2, ...BASE, ...STATISTICS },
  { 'format-version': 3, ...EMPTY, 'next-row-id': 0 },
  { 'format-version': 3, ...BASE, ...STATISTICS, 'next-row-id': 5, snapshots: ROWS },
  {
    'format-version': 3,
    ...BASE,
    'next-row-id': 5,
    snapshots: ROWS,
    'encryption-keys': [{ 'key-id': 'k1', 'encrypted-key-metadata': 'a2V5', 'encrypted-by-id': 'k0', properties: { algorithm: 'x' } }],
  },
].map((json) => ({ section: 'metadata-json', given: exact(json) }));

export const VECTOR_INPUTS: readonly VectorInput[] = [...METADATA, ...DEFAULTS, ...NESTED, ...VECTORS, ...PUFFINS];
