// Carries out the plan of a ledger anew: its id, the entry that takes the number, the checkpoint that holds the state, in this order. Each is
// created if absent and compared if present, so the plan may be applied again after it was killed anywhere. Refused when a table or the
// ledger moved since the plan was made. Deletes one object: the id of a ledger that began anew, which no table names.
import { contractPaths, PROPERTY } from '../contract/names.ts';
import { CommitStateUnknownError } from '../errors.ts';
import { identifierOf, loadTable } from '../iceberg/load-table.ts';
import type { Ports, Uri } from '../ports.ts';
import type { Deadline } from './deadline.ts';
import { findLedgerId, ledgerIdBytes } from './ledger-id.ts';
import { numberOf } from './load-ledger.ts';
import { appliedOf } from './load-together.ts';
import { type LedgerPlan, refuse, seenOf } from './plan-ledger.ts';
import { ledgerReference } from './table-identity.ts';

export interface RestoreLedgerRequest {
  readonly ports: Ports;
  readonly contractName: string;
  readonly deadline: Deadline;
  readonly plan: LedgerPlan;
}

/** The number of the last entry of the restored ledger. Nothing else may land or commit meanwhile. */
export async function restoreLedger(request: RestoreLedgerRequest): Promise<number> {
  const { ports, contractName, plan } = request;
  const paths = contractPaths(ports.root, contractName);
  const checkpoint = Buffer.from(plan.checkpoint, 'base64');
  if ((await ports.files.read(paths.checkpoint(plan.n)))?.equals(checkpoint)) return plan.n;
  await refuseMoved(request);
  await restoreId(request);
  await createSame(request, paths.entry(plan.n), Buffer.from(plan.entry, 'base64'));
  await createSame(request, paths.checkpoint(plan.n), checkpoint);
  return plan.n;
}

async function refuseMoved({ ports, contractName, plan }: RestoreLedgerRequest): Promise<void> {
  const reference = ledgerReference(ports.root, { contractName, ledgerId: plan.ledgerId });
  for (const one of plan.tables) {
    const metadata = (await loadTable(ports, identifierOf(one.table)))?.metadata;
    const seen = metadata && seenOf(metadata);
    const isSame = seen?.uuid === one.uuid && seen.snapshotId === one.snapshotId && (appliedOf(metadata) ?? 0) === one.applied;
    if (!isSame || metadata?.properties[PROPERTY.ledger] !== reference)
      throw refuse(contractName, `table ${one.table} has moved since the plan was made; plan again`);
  }
  const paths = contractPaths(ports.root, contractName);
  for (const prefix of [paths.ledger, paths.checkpoints]) {
    for await (const { uri } of ports.files.list(prefix)) {
      const n = numberOf(uri) ?? 0;
      if (n > plan.n) throw refuse(contractName, `it has an object of number ${n} by now, the plan ends at ${plan.n}; plan again`);
    }
  }
}

async function restoreId({ ports, contractName, deadline, plan }: RestoreLedgerRequest): Promise<void> {
  const { identity } = contractPaths(ports.root, contractName);
  const known = await findLedgerId(ports, contractName);
  if (known === plan.ledgerId) return;
  deadline.check('restoration of the ledger id');
  if (known !== undefined) await ports.files.delete(identity);
  await createSame({ ports, contractName, deadline, plan }, identity, ledgerIdBytes(plan.ledgerId));
}

async function createSame({ ports, contractName, deadline }: RestoreLedgerRequest, uri: Uri, bytes: Buffer): Promise<void> {
  deadline.check(`creation of ${uri.slice(ports.root.length + 1)}`);
  const outcome = await ports.files.create(uri, bytes);
  const now = outcome === 'created' ? bytes : await ports.files.read(uri);
  if (now?.equals(bytes)) return;
  if (now) throw refuse(contractName, `${uri.slice(ports.root.length + 1)} is there with another content; plan again`);
  throw new CommitStateUnknownError(`ledger of ${contractName}: nobody can tell whether a part of it was written; apply the plan again`, {
    code: 'ledger-restore-unknown',
    details: { contract: contractName, uri },
  });
}
