// The schema that a data file of ours was written under, in its own footer, as Iceberg's Java library writes it there, too.
import type { StructType } from '../contract/types.ts';
import { InputRefusedError } from '../errors.ts';
import { parseExact, stringifyExact } from '../iceberg/json-exact.ts';
import { parseSchema, schemaToJson } from '../iceberg/schema-json.ts';
import type { TableSchema } from '../iceberg/types.ts';
import { readFooter } from '../parquet/read-footer.ts';

const KEY = 'iceberg.schema';

/** What the footer's metadata says of the schema. */
export function schemaMetadata(schema: TableSchema): Readonly<Record<string, string>> {
  return { [KEY]: stringifyExact(schemaToJson(schema)) };
}

/** The schema of a file, by its bytes. Throws InputRefusedError for a file that does not say it. */
export function writtenSchema(bytes: Uint8Array): StructType {
  const text = readFooter(bytes).metadata.get(KEY) ?? '';
  try {
    return parseSchema(parseExact(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InputRefusedError('a data file does not say its schema; its rows cannot be read without its table', {
      code: 'schema-unknown',
    });
  }
}
