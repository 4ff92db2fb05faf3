// `firn recover … --kind ledger`: makes a ledger anew of which objects were lost, from what is left of it and from the rows of the tables
// (promise 8), and says what cannot be known any more.
import { commitContract } from '../jobs/commit-contract.ts';
import { type LedgerPlan, planLedger } from '../jobs/plan-ledger.ts';
import { restoreLedger } from '../jobs/restore-ledger.ts';
import { base64, count, list, nullable, object, type Reader, text as textReader } from '../ledger/json-readers.ts';
import { planDeadline, type RecoverKind } from './recover.ts';

const readBody: Reader<LedgerPlan> = object<LedgerPlan>({
  ledgerId: textReader,
  n: count,
  entry: base64,
  checkpoint: base64,
  tables: list(
    object<LedgerPlan['tables'][number]>({ table: textReader, uuid: textReader, applied: count, snapshotId: nullable(textReader) }),
  ),
});

export const recoverLedger: RecoverKind = {
  async plan({ ports, contractName, text, switches }) {
    const { body, effects } = await planLedger({ ports, contractName, isAccepted: switches.has('accept') });
    return {
      basis: body.n - 1,
      what: `make the ledger of ${contractName} anew from ${body.tables.length} tables; it goes on with entry ${body.n + 1}`,
      why: text['note'] ?? 'objects of the ledger were lost',
      effects: ['nothing may land or commit until the plan is applied', ...effects],
      body,
    };
  },

  async apply({ ports, contractName, plan }) {
    const body = readBody(plan.body, 'plan.body');
    const entry = await restoreLedger({ ports, contractName, deadline: planDeadline(ports), plan: body });
    const commit = await commitContract({ ports, contractName, deadline: planDeadline(ports) });
    const lines = [
      `the ledger goes on after entry ${entry}`,
      ...commit.parked.map(({ table, sourceId, message }) => `parked: ${table ?? sourceId ?? ''}: ${message}`),
      `next: firn audit ${contractName}`,
    ];
    return { lines, result: { entry, commit } };
  },
};
