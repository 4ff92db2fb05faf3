// The ports of a warehouse that a REST catalog knows: data and ledger in a directory or on S3, tables in the catalog. Imported only
// when one is asked for. Credentials are taken from the environment by name, never from the command line, where every process of the
// machine could read them.
//   FIRN_CATALOG_TOKEN                                a bearer token
//   FIRN_CATALOG_CREDENTIAL=<client id>:<secret>      OAuth2 client credentials, with FIRN_CATALOG_TOKEN_URI and FIRN_CATALOG_SCOPE
//   FIRN_CATALOG_SIGNING_NAME=glue|s3tables           requests signed for AWS, with the SDK's region and credentials
//   FIRN_CATALOG_WAREHOUSE                            what the catalog calls its warehouse, where it has several
import { InputRefusedError } from '../errors.ts';
import { collectingDoorbell, makeLocalPorts, systemClock, systemIds } from '../local/system.ts';
import type { Ports, Telemetry } from '../ports.ts';
import { anonymous, bearerToken, clientCredentials } from '../rest/authorisers.ts';
import { makeRestCatalog } from '../rest/rest-catalog.ts';
import { sigV4 } from '../rest/sigv4.ts';
import type { RestAuthoriser } from '../rest/types.ts';
import type { WarehousePlace } from './command.ts';

/** Makes no request. Throws InputRefusedError for credentials that do not go together. */
export async function openRestWarehouse(
  place: Extract<WarehousePlace, { kind: 'rest' }>,
  options: { readonly telemetry: Telemetry; readonly environment: Readonly<Record<string, string | undefined>> },
): Promise<Ports> {
  const { telemetry, environment } = options;
  const base = await openStorage(place.root, telemetry);
  const warehouse = environment['FIRN_CATALOG_WAREHOUSE'];
  const catalog = makeRestCatalog({
    uri: place.uri,
    ...(warehouse ? { warehouse } : {}),
    authoriser: await authoriserOf(environment),
    clock: systemClock,
    ids: systemIds,
    // Amazon S3 Tables gives each table a bucket of its own.
    ownsLocations: environment['FIRN_CATALOG_SIGNING_NAME'] === 's3tables',
  });
  return { ...base, catalog };
}

async function openStorage(root: string, telemetry: Telemetry): Promise<Ports> {
  if (!root.startsWith('s3://')) return makeLocalPorts({ warehouse: root, telemetry });
  const { makeAwsPorts } = await import('../aws/wire-ports.ts');
  return makeAwsPorts({ root, telemetry, doorbell: collectingDoorbell().doorbell });
}

async function authoriserOf(environment: Readonly<Record<string, string | undefined>>): Promise<RestAuthoriser> {
  const token = environment['FIRN_CATALOG_TOKEN'];
  const credential = environment['FIRN_CATALOG_CREDENTIAL'];
  const signingName = environment['FIRN_CATALOG_SIGNING_NAME'];
  const given = [token, credential, signingName].filter(Boolean).length;
  if (given > 1) {
    throw refused(
      'set one of FIRN_CATALOG_TOKEN, FIRN_CATALOG_CREDENTIAL and FIRN_CATALOG_SIGNING_NAME: several are set; unset the others',
    );
  }
  if (token) return bearerToken(token);
  if (credential) return clientOf(credential, environment);
  return signingName ? signerOf(signingName) : anonymous;
}

function clientOf(credential: string, environment: Readonly<Record<string, string | undefined>>): RestAuthoriser {
  const tokenUri = environment['FIRN_CATALOG_TOKEN_URI'];
  const colon = credential.indexOf(':');
  if (colon < 1) throw refused('FIRN_CATALOG_CREDENTIAL has no colon: expected <client id>:<client secret>');
  if (tokenUri === undefined || !/^https?:\/\//.test(tokenUri)) {
    throw refused('FIRN_CATALOG_CREDENTIAL needs FIRN_CATALOG_TOKEN_URI: expected the token endpoint of the authorisation server');
  }
  const [clientId, clientSecret] = [credential.slice(0, colon), credential.slice(colon + 1)];
  return clientCredentials({ tokenUri, clientId, clientSecret, scope: environment['FIRN_CATALOG_SCOPE'] ?? 'catalog', clock: systemClock });
}

async function signerOf(signingName: string): Promise<RestAuthoriser> {
  if (signingName !== 'glue' && signingName !== 's3tables') {
    throw refused('FIRN_CATALOG_SIGNING_NAME is neither glue nor s3tables, the services whose REST endpoints sign their requests');
  }
  const { makeAwsClients } = await import('../aws/clients.ts');
  const { config } = makeAwsClients().glue;
  return sigV4({ region: await config.region(), signingName, credentials: () => config.credentials(), clock: systemClock });
}

function refused(message: string): InputRefusedError {
  return new InputRefusedError(message, { code: 'rest-credentials' });
}
