// A ledger entry as bytes and back (DESIGN §5.2): JSON compressed with zstd. An entry of a kind or shape this version does not
// know is refused, never ignored: whoever skipped it would apply the rest to the wrong tables. The size after decompression is
// bounded before memory is taken for it (promise 10).
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { LIMITS } from '../contract/limits.ts';
import { assertInvariant, InputRefusedError } from '../errors.ts';
import {
  ABSENT_CAUSES,
  type AbsentEntry,
  type DecidedDescriptor,
  type EntryKind,
  type EraseEntry,
  type LandEntry,
  type LedgerEntry,
  PARK_REASONS,
  type ParkEntry,
  type ParkTarget,
  type ReclassEntry,
  type SourceEntry,
  type UnparkEntry,
} from './entries.ts';
import { count, flag, list, literal, object, parseJson, type Reader, ranges, record, refuse, text } from './json-readers.ts';
import {
  adoption,
  classCounts,
  decidedSource,
  decidedTable,
  fileProgress,
  generationMapping,
  identity,
  inheritedPartition,
  parkRule,
  sourceRanges,
  versionOne,
} from './shapes.ts';

/** The bytes of an entry. Deterministic, so a retry of the same entry writes the same bytes. */
export function encodeEntry(entry: LedgerEntry): Buffer {
  return compressJson(entry);
}

/** The entry in the bytes, which must be number `n`; throws InputRefusedError when it is not. */
export function parseEntry(bytes: Uint8Array, n: number): LedgerEntry {
  const value = decompressJson(bytes, `entry ${n}`);
  const kind = (value as { kind?: unknown } | null)?.kind;
  if (typeof kind !== 'string' || !Object.hasOwn(READERS, kind)) {
    throw new InputRefusedError(
      `ledger entry ${n} is of a kind this version does not know; run the version that wrote it, or a newer one`,
      {
        code: 'ledger-entry-kind-unknown',
        details: { entry: n },
      },
    );
  }
  const entry = READERS[kind as EntryKind](value, `entry ${n}`);
  if (entry.n !== n) refuse(`entry ${n}.n`, `${n}`, entry.n);
  return entry;
}

/** JSON in zstd, within the limit of a ledger object. */
export function compressJson(value: unknown): Buffer {
  const bytes = Buffer.from(JSON.stringify(value), 'utf8');
  assertInvariant(bytes.length <= LIMITS.ledgerObjectBytesMax, `a ledger object has at most ${LIMITS.ledgerObjectBytesMax} bytes`);
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 } });
}

/** The JSON value in zstd bytes; what would be larger than the limit is refused before it is made. */
export function decompressJson(bytes: Uint8Array, at: string): unknown {
  let plain: Buffer;
  try {
    plain = zstdDecompressSync(bytes, { maxOutputLength: LIMITS.ledgerObjectBytesMax });
  } catch (cause) {
    throw new InputRefusedError(`ledger object ${at} is no zstd of at most ${LIMITS.ledgerObjectBytesMax} bytes`, {
      code: 'ledger-object-malformed',
      cause,
    });
  }
  return parseJson(plain, at);
}

const base = { version: versionOne, n: count, id: text, atMs: count, contract: text } as const;

const decided: Reader<DecidedDescriptor> = object<DecidedDescriptor>(
  {
    id: text,
    contractVersion: text,
    programHash: text,
    createdAtMs: count,
    sources: list(decidedSource),
    counts: classCounts,
    tables: list(decidedTable),
    files: list(fileProgress),
    park: list(parkRule),
    ruleCounts: record(count),
  },
  ['files', 'park'],
);

const sources = list(
  object<SourceEntry['sources'][number]>(
    { sourceId: text, topic: text, observed: identity, inherited: list(inheritedPartition), mapping: generationMapping },
    ['inherited', 'mapping'],
  ),
);

const target: Reader<ParkTarget> = (value, at) =>
  value !== null && typeof value === 'object' && Object.hasOwn(value, 'table')
    ? object<{ readonly table: string }>({ table: text })(value, at)
    : object<{ readonly sourceId: string }>({ sourceId: text })(value, at);

const plan = object<ReclassEntry['plan']>({ id: text, unit: count, basis: count });
const removed = object<EraseEntry['removed'][number]>({ sourceId: text, partition: count, ranges, table: text });
const reclass = {
  ...base,
  plan,
  sources: list(decidedSource),
  tables: list(decidedTable),
  holds: list(text),
  gone: list(sourceRanges),
  kind: literal('redrive', 'replay', 'replace'),
} as const;

const READERS: { readonly [K in EntryKind]: Reader<LedgerEntry> } = {
  land: object<LandEntry>({ ...base, kind: literal('land'), descriptors: list(decided) }),
  source: object<SourceEntry>({ ...base, kind: literal('source'), sources }),
  absent: object<AbsentEntry>(
    {
      ...base,
      kind: literal('absent'),
      evidence: literal('proven', 'declared'),
      cause: literal(...ABSENT_CAUSES),
      note: text,
      ranges: list(sourceRanges),
    },
    ['cause', 'note'],
  ),
  redrive: object<ReclassEntry>(reclass),
  replay: object<ReclassEntry>(reclass),
  replace: object<ReclassEntry>(reclass),
  erase: object<EraseEntry>({ ...base, kind: literal('erase'), rule: text, removed: list(removed), holds: list(text) }),
  park: object<ParkEntry>({ ...base, kind: literal('park'), target, reason: literal(...PARK_REASONS), message: text }),
  unpark: object<UnparkEntry>(
    {
      ...base,
      kind: literal('unpark'),
      target,
      tableUuid: text,
      reset: flag,
      tables: list(decidedTable),
      holds: list(text),
      instead: record(text),
      adopt: adoption,
      again: list(count),
      gone: list(sourceRanges),
      observed: identity,
    },
    ['tableUuid', 'reset', 'adopt', 'again', 'gone', 'observed'],
  ),
};
