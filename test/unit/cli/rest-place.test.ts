// Which place and which credentials a command line with a REST catalog means.
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/cli/command.ts';
import { openRestWarehouse } from '../../../src/cli/rest-warehouse.ts';
import { warehousePlace } from '../../../src/cli/warehouse-place.ts';
import { InputRefusedError } from '../../../src/errors.ts';
import { silentTelemetry } from '../../../src/local/system.ts';

const URI = 'https://catalog.example/api';

describe('firn --catalog rest', () => {
  test.each([
    [
      { warehouse: undefined, uri: URI },
      { kind: 'rest', root: './warehouse', uri: URI },
    ],
    [
      { warehouse: 'somewhere', uri: URI },
      { kind: 'rest', root: 'somewhere', uri: URI },
    ],
    [
      { warehouse: 's3://lake/firn/', uri: URI },
      { kind: 'rest', root: 's3://lake/firn', uri: URI },
    ],
  ])('%o is %o', (given, place) => {
    expect(warehousePlace({ catalog: 'rest', ...given })).toEqual(place);
  });

  test.each([
    [{ catalog: 'rest', warehouse: 'w', uri: undefined }, /needs the address/],
    [{ catalog: 'rest', warehouse: 'gs://b/p', uri: URI }, /cannot keep a warehouse in/],
    [{ catalog: undefined, warehouse: 'w', uri: URI }, /--uri is the address of a REST catalog/],
  ])('%o is refused with a remedy', (given, message) => {
    expect(() => warehousePlace(given)).toThrow(message);
    expect(() => warehousePlace(given)).toThrow(UsageError);
  });

  test.each([
    [{ FIRN_CATALOG_TOKEN: 'hush', FIRN_CATALOG_CREDENTIAL: 'me:hush' }, /set one of/],
    [{ FIRN_CATALOG_CREDENTIAL: 'hush' }, /has no colon/],
    [{ FIRN_CATALOG_CREDENTIAL: 'me:hush' }, /needs FIRN_CATALOG_TOKEN_URI/],
    [{ FIRN_CATALOG_SIGNING_NAME: 'hush' }, /neither glue nor s3tables/],
  ])('credentials that do not go together are refused without being shown: %o', async (environment, message) => {
    const place = { kind: 'rest', root: './warehouse', uri: URI } as const;
    const opening = openRestWarehouse(place, { telemetry: silentTelemetry, environment });
    const error = await opening.then(
      () => undefined,
      (refusal: Error) => refusal,
    );
    expect(error).toBeInstanceOf(InputRefusedError);
    expect(error?.message).toMatch(message);
    expect(error?.message).not.toMatch(/hush/);
  });
});
