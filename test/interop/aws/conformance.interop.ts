// The suites every file store and catalog must pass, against S3 and Glue.
import { DeleteTableCommand } from '@aws-sdk/client-glue';
import { systemClock, systemIds } from '../../../src/aws/system.ts';
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
      ports: { ...warehouse, ids: systemIds, clock: systemClock },
      another: { ...other, root: warehouse.root, ids: systemIds, clock: systemClock },
      drop: async (identifier) => {
        await warehouse.clients.glue.send(new DeleteTableCommand({ DatabaseName: identifier.namespace, Name: identifier.name }));
      },
      dispose: async () => {
        warehouse.clients.destroy();
        other.clients.destroy();
      },
    };
  },
  { tellsGone: true, drop: true, processes: false, faults: false },
);
