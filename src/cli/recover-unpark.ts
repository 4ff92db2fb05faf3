// `firn recover … --kind unpark`: lets a parked table or source go on: resumed, registered again, rolled forward, rebuilt, or taken as
// it is, whichever its state calls for (DESIGN §7). The commit that follows applies the entry and what had piled up.

import { applyUnparkSource, applyUnparkTable } from '../jobs/apply-unpark.ts';
import { commitContract } from '../jobs/commit-contract.ts';
import { loadLedger } from '../jobs/load-ledger.ts';
import { planUnpark } from '../jobs/plan-unpark.ts';
import { identityOf } from '../jobs/source-identity.ts';
import { readUnparkSource, readUnparkTable, type UnparkSourcePlan } from '../jobs/unpark-plan.ts';
import type { SourceIdentity } from '../ledger/entries.ts';
import { UsageError } from './command.ts';
import { brokersOf, kafkaOptions } from './kafka-place.ts';
import { planDeadline, type RecoverKind, type RecoverPlanRequest } from './recover.ts';

export const recoverUnpark: RecoverKind = {
  async plan(request) {
    const { ports, contractName, text, switches } = request;
    const { state } = await loadLedger({ ports, contractName });
    if (text['source'] !== undefined) return planSource(request, text['source']);
    const parked = [...state.tables.values()].filter((table) => table.parked).map(({ table }) => table);
    const table = text['table'] ?? (parked.length === 1 ? parked[0] : undefined);
    if (table === undefined) {
      const what = parked.length === 0 ? 'no table of it is parked' : `several are: ${parked.join(', ')}`;
      throw new UsageError(`--table or --source is needed for ${contractName}: ${what}`, `firn audit ${contractName}`);
    }
    const planned = await planUnpark({ ports, contractName, table, isAccepted: switches.has('accept') });
    const why = state.tables.get(table)?.parked?.message ?? '';
    return { basis: planned.basis, what: `${planned.body.action} ${table}`, why, effects: planned.effects, body: planned.body };
  },

  async apply({ ports, contractName, plan }) {
    const isSource = plan.body !== null && typeof plan.body === 'object' && 'sourceId' in plan.body;
    const request = { ports, contractName, deadline: planDeadline(ports) };
    const entry = isSource
      ? await applyUnparkSource({ ...request, plan: readUnparkSource(plan.body, 'plan.body') })
      : await applyUnparkTable({ ...request, plan: readUnparkTable(plan.body, 'plan.body') });
    const commit = await commitContract({ ports, contractName, deadline: planDeadline(ports) });
    const lines = [
      entry === undefined ? 'nothing to do: the park this plan answers is over' : `it goes on with ledger entry ${entry}`,
      ...commit.parked.map(({ table, sourceId, message }) => `parked: ${table ?? sourceId ?? ''}: ${message}`),
    ];
    return { lines, result: { entry: entry ?? null, commit } };
  },
};

/** Who lets it go on says that what stands there now is the source: what that is must be seen, or the next look parks it again. */
async function identityNow(
  contractName: string,
  { sourceId, text }: { readonly sourceId: string; readonly text: RecoverPlanRequest['text'] },
): Promise<SourceIdentity> {
  const place = { brokers: brokersOf(text['brokers']), configFile: text['kafka-config'] };
  const topic = sourceId.split('/').at(-2) ?? '';
  const { makeKafkaReader } = await import('../local/kafka/reader.ts');
  const reader = makeKafkaReader(await kafkaOptions(place, `firn.${contractName}`));
  try {
    return identityOf((await reader.describe([topic]))[0]!);
  } finally {
    await reader.close();
  }
}

async function planSource({ ports, contractName, text }: RecoverPlanRequest, sourceId: string): ReturnType<RecoverKind['plan']> {
  const { state } = await loadLedger({ ports, contractName });
  const parked = state.sources.get(sourceId)?.parked;
  if (!parked) throw new UsageError(`source ${sourceId} of ${contractName} is not parked`, `firn audit ${contractName}`);
  const observed = parked.reason === 'source-identity' ? await identityNow(contractName, { sourceId, text }) : {};
  const body: UnparkSourcePlan = { sourceId, park: parked.entry, observed };
  return {
    basis: state.n,
    what: `let source ${sourceId} go on`,
    why: parked.message,
    effects: [
      'what is staged of it is decided again; records that still disagree park it again',
      ...Object.entries(observed).map(([name, value]) => `from now on its ${name} is ${value}`),
    ],
    body,
  };
}
