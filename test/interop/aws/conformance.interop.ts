// The suites every file store and catalog must pass, against S3 and Glue.
import { randomUUID } from 'node:crypto';
import { DeleteTableCommand } from '@aws-sdk/client-glue';
import { describeFileStore } from '../../conformance/suites/file-store.ts';
import { describeTableCatalog } from '../../conformance/suites/table-catalog.ts';
import { makeWarehouse } from './support/warehouse.ts';

describeFileStore(
  'S3',
  async () => {
    const [warehouse, other] = [await makeWarehouse(), await makeWarehouse()];
    return {
      store: warehouse.files,
      another: other.files,
      prefix: `${warehouse.root}/area`,
      dispose: async () => {
        warehouse.clients.destroy();
        other.clients.destroy();
      },
    };
  },
  { longSegments: true, processes: false, largeBytes: 64 * 1024 * 1024 },
);

describeTableCatalog(
  'Glue',
  async () => {
    const [warehouse, other] = [await makeWarehouse(), await makeWarehouse()];
    return {
      catalog: warehouse.catalog,
      another: other.catalog,
      newMetadata: async (identifier) => {
        const uri = `${warehouse.root}/${identifier.namespace}/${identifier.name}/metadata/${randomUUID()}.metadata.json`;
        const metadata = { location: `${warehouse.root}/${identifier.namespace}/${identifier.name}`, 'current-schema-id': 0, schemas: [] };
        await warehouse.files.create(uri, Buffer.from(JSON.stringify(metadata)));
        return uri;
      },
      drop: async (identifier) => {
        await warehouse.clients.glue.send(new DeleteTableCommand({ DatabaseName: identifier.namespace, Name: identifier.name }));
      },
      dispose: async () => {
        warehouse.clients.destroy();
        other.clients.destroy();
      },
    };
  },
  { tellsGone: true, drop: true, processes: false },
);
