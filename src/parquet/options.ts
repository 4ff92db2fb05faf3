// How a file is written, from the properties of its table. What is not said has the defaults here, which every engine reads with its
// own defaults; a value that is none of its property's is taken as not said, because a typing error in another writer's setting must
// not stop a table. Names: Iceberg documentation, "Configuration", write properties.
import { LIMITS } from '../contract/limits.ts';

export type Codec = 'zstd' | 'snappy' | 'gzip' | 'brotli' | 'uncompressed';

export interface BloomSetting {
  /** Share of absent values that the filter lets pass. */
  readonly fpp: number;
  /** Distinct values expected; counted when left out. */
  readonly distinct: number | undefined;
}

export interface ParquetOptions {
  readonly codec: Codec;
  /** Of zstd, gzip or brotli; undefined: the codec's default here. */
  readonly level: number | undefined;
  /** 2: data pages V2 with the delta encodings. */
  readonly pageVersion: 1 | 2;
  /** Values before encoding. */
  readonly rowGroupBytes: number;
  readonly pageBytes: number;
  readonly pageRows: number;
  readonly dictionaryBytes: number;
  readonly bloomBytesMax: number;
  /** By full column name: `a.b`, `list.element`, `map.key`. */
  readonly bloomColumns: ReadonlyMap<string, BloomSetting>;
  readonly dictionaryOff: ReadonlySet<string>;
}

const BLOOM_FPP = 0.01;
const PREFIX = 'write.parquet.';

export const PARQUET_DEFAULTS: ParquetOptions = {
  codec: 'zstd',
  level: undefined,
  pageVersion: 1,
  rowGroupBytes: LIMITS.parquetRowGroupBytesTarget,
  pageBytes: LIMITS.parquetPageBytesTarget,
  pageRows: LIMITS.parquetPageRowsMax,
  dictionaryBytes: LIMITS.parquetDictionaryBytesMax,
  bloomBytesMax: LIMITS.parquetBloomBytesMax,
  bloomColumns: new Map(),
  dictionaryOff: new Set(),
};

/** The options that a table's properties ask for. */
export function parquetOptions(properties: Readonly<Record<string, string>>): ParquetOptions {
  const defaults = PARQUET_DEFAULTS;
  const codec = codecOf(properties[`${PREFIX}compression-codec`]);
  const size = (name: string, byDefault: number, range: readonly [number, number]) =>
    wholeNumber(properties[PREFIX + name], range) ?? byDefault;
  return {
    codec,
    level: wholeNumber(properties[`${PREFIX}compression-level`], LEVELS[codec]),
    pageVersion: /^v?2$/i.test(properties[`${PREFIX}page-version`] ?? '') ? 2 : 1,
    rowGroupBytes: size('row-group-size-bytes', defaults.rowGroupBytes, [1, LIMITS.parquetRowGroupBytesMax]),
    pageBytes: size('page-size-bytes', defaults.pageBytes, [1, LIMITS.parquetPageBytesMax]),
    pageRows: size('page-row-limit', defaults.pageRows, [1, 2 ** 31 - 1]),
    dictionaryBytes: size('dict-size-bytes', defaults.dictionaryBytes, [1, LIMITS.parquetPageBytesMax]),
    bloomBytesMax: size('bloom-filter-max-bytes', defaults.bloomBytesMax, [32, LIMITS.parquetBloomFilterBytesMax]),
    bloomColumns: bloomColumns(properties),
    dictionaryOff: new Set(columnsSaying(properties, `${PREFIX}dict-encoding-enabled.column.`, 'false')),
  };
}

/** Least and greatest level of each codec. */
const LEVELS: Readonly<Record<Codec, readonly [number, number]>> = {
  zstd: [1, 22],
  gzip: [1, 9],
  brotli: [1, 11],
  snappy: [1, 0],
  uncompressed: [1, 0],
};

/** Codecs that Node cannot write (lz4, lzo) fall back to zstd. */
function codecOf(name: string | undefined): Codec {
  const lower = (name ?? '').toLowerCase();
  if (lower === 'none') return 'uncompressed';
  return Object.hasOwn(LEVELS, lower) ? (lower as Codec) : PARQUET_DEFAULTS.codec;
}

function bloomColumns(properties: Readonly<Record<string, string>>): ReadonlyMap<string, BloomSetting> {
  const columns = columnsSaying(properties, `${PREFIX}bloom-filter-enabled.column.`, 'true');
  return new Map(
    columns.map((column) => {
      const fpp = Number(properties[`${PREFIX}bloom-filter-fpp.column.${column}`] ?? BLOOM_FPP);
      const distinct = wholeNumber(properties[`${PREFIX}bloom-filter-ndv.column.${column}`], [1, Number.MAX_SAFE_INTEGER]);
      return [column, { fpp: fpp > 0 && fpp < 1 ? fpp : BLOOM_FPP, distinct }];
    }),
  );
}

function columnsSaying(properties: Readonly<Record<string, string>>, prefix: string, value: string): string[] {
  return Object.entries(properties)
    .filter(([key, said]) => key.startsWith(prefix) && said.toLowerCase() === value)
    .map(([key]) => key.slice(prefix.length));
}

function wholeNumber(text: string | undefined, range: readonly [number, number]): number | undefined {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= range[0] && value <= range[1] ? value : undefined;
}
