// Which warehouse a command line means: a directory, a prefix on S3 with the Glue catalog, or either with a REST catalog. The two options are never guessed
// from one another: a command that lands must not land elsewhere because one of them was forgotten. Pure.
import { UsageError, type WarehousePlace } from './command.ts';

/** Throws UsageError, with the remedy, for options that do not go together. */
export function warehousePlace(given: {
  readonly warehouse: string | undefined;
  readonly catalog: string | undefined;
  readonly uri?: string | undefined;
}): WarehousePlace {
  const { warehouse, catalog } = given;
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(warehouse ?? '')?.[1];
  if (catalog === 'rest') return restPlace(warehouse, given.uri);
  if (given.uri !== undefined) throw new UsageError('--uri is the address of a REST catalog', 'add --catalog rest, or leave out --uri');
  if (catalog !== 'glue') {
    if (scheme === undefined) return { kind: 'local', directory: warehouse ?? './warehouse' };
    if (scheme !== 's3')
      throw notAPlace(warehouse!, 'give a directory as its path, or a warehouse on S3: --catalog glue --warehouse s3://BUCKET/PREFIX');
    throw new UsageError(
      `a warehouse on S3 needs its catalog: got ${JSON.stringify(warehouse)} without --catalog glue`,
      'add --catalog glue',
    );
  }
  if (scheme !== 's3') {
    const got = warehouse === undefined ? 'none was given' : `got ${JSON.stringify(warehouse)}`;
    throw new UsageError(`--catalog glue needs a warehouse on S3: ${got}`, `${GLUE_USAGE}, or leave out --catalog glue for a directory`);
  }
  const root = warehouse!.replace(/\/+$/, '');
  if (!isRoot(root)) throw notAPlace(warehouse!, GLUE_USAGE);
  return { kind: 'glue', root };
}

/** Where data and ledger lie is not the catalog's address: both are asked for. */
function restPlace(warehouse: string | undefined, uri: string | undefined): WarehousePlace {
  if (uri === undefined) throw new UsageError('--catalog rest needs the address of the catalog', REST_USAGE);
  const root = warehouse ?? './warehouse';
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(root)?.[1];
  if (scheme === undefined) return { kind: 'rest', root, uri };
  const onS3 = root.replace(/\/+$/, '');
  if (scheme !== 's3' || !isRoot(onS3)) throw notAPlace(root, REST_USAGE);
  return { kind: 'rest', root: onS3, uri };
}

const REST_USAGE = 'firn <command> --catalog rest --uri https://HOST/PATH --warehouse DIR|s3://BUCKET/PREFIX';

const GLUE_USAGE = 'firn <command> --catalog glue --warehouse s3://BUCKET/PREFIX';

/** Bucket names as S3 has them; a prefix that every reader takes literally (PyIceberg cuts a location at `#` and `?`). */
function isRoot(root: string): boolean {
  const [bucket = '', ...segments] = root.slice('s3://'.length).split('/');
  const isPlain = (segment: string) => segment !== '' && segment !== '.' && segment !== '..' && !/[#?\u0000-\u001f\u007f]/.test(segment);
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) && segments.every(isPlain);
}

function notAPlace(warehouse: string, remedy: string): UsageError {
  return new UsageError(`cannot keep a warehouse in ${JSON.stringify(warehouse)}: expected a directory or s3://BUCKET/PREFIX`, remedy);
}
