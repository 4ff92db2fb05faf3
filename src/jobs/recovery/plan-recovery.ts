// Plans the recovery of a contract's offsets in bounded units (DESIGN §7, kinds "resolve" and "fill holes"): partitions with unverified
// offsets, and for `holes` also what Kafka holds behind the last delivery. The plan is stored data; it changes nothing. Sources that are
// parked, or that the ledger does not know, are left alone: the first wait for a decision, the second have nothing that is missing.
import { LIMITS } from '../../contract/limits.ts';
import type { RecordSource } from '../../decode/records.ts';
import { count, list, literal, object, type Reader, refuse, text } from '../../ledger/json-readers.ts';
import { countOffsets } from '../../ledger/ranges.ts';
import { type LedgerState, type SourceState, unverifiedOf } from '../../ledger/state.ts';
import { loadLedger } from '../load-ledger.ts';
import { storePlan } from '../recovery-plan.ts';
import { identityMismatch, identityOf } from '../source-identity.ts';
import { startPositions } from '../start-positions.ts';
import type { PlannedRecovery, PlanRecoveryRequest, RecoveryUnit } from './types.ts';

type ResolveUnit = Extract<RecoveryUnit, { kind: 'resolve' }>;
type LandUnit = Extract<RecoveryUnit, { kind: 'land' }>;

const readResolve: Reader<ResolveUnit> = object<ResolveUnit>({
  kind: literal('resolve'),
  topic: text,
  partitions: list(count),
  offsets: count,
});
const readLand: Reader<LandUnit> = object<LandUnit>({ kind: literal('land'), topic: text, partition: count, from: count, to: count });

/** The body of a stored plan. */
export const readUnits: Reader<{ readonly units: readonly RecoveryUnit[] }> = object<{ readonly units: readonly RecoveryUnit[] }>({
  units: list((value, at) => {
    const kind = (value as { readonly kind?: unknown } | null)?.kind;
    if (kind === 'resolve') return readResolve(value, at);
    return kind === 'land' ? readLand(value, at) : refuse(at, 'a unit of a recovery', value);
  }),
});

/** At most LIMITS.recoverUnitsMax units; another round plans the rest. Throws TransientIoError when Kafka does not answer. */
export async function planRecovery(request: PlanRecoveryRequest): Promise<PlannedRecovery> {
  const { ports, contract, kind, deadline } = request;
  const { state } = await loadLedger({ ports, contractName: contract.name });
  const leftAlone: string[] = [];
  const resolve: ResolveUnit[] = [];
  const land: LandUnit[] = [];
  for (const source of request.sources.values()) {
    const known = state.sources.get(source.id);
    if (known === undefined || known.partitions.size === 0) leftAlone.push(`${source.id}: nothing of it has landed`);
    else if (known.parked) leftAlone.push(`${source.id} is parked`);
    else {
      resolve.push(...resolveUnits(source, known));
      if (kind === 'holes') land.push(...(await landUnits(request, { state, source, known, leftAlone })));
    }
  }
  const units = [...resolve, ...land].slice(0, LIMITS.recoverUnitsMax);
  deadline.check('storing of a plan of recovery');
  const stored = await storePlan(ports, {
    version: 1,
    kind: `recover-${kind}`,
    contract: contract.name,
    basis: state.n,
    createdAtMs: ports.clock.nowMs(),
    what: `ask Kafka about ${sum(resolve.map(({ offsets }) => offsets))} unverified offsets and land up to ${sum(land.map(({ from, to }) => to - from))} behind the last deliveries`,
    why: 'offsets are missing in the ledger',
    effects: leftAlone,
    body: { units },
  });
  return { plan: stored.id, units, leftAlone };
}

function resolveUnits(source: RecordSource, known: SourceState): ResolveUnit[] {
  const open = [...known.partitions.values()]
    .map((one) => ({ partition: one.partition, offsets: countOffsets(unverifiedOf(one)) }))
    .filter(({ offsets }) => offsets > 0)
    .sort((a, b) => a.partition - b.partition);
  const units: ResolveUnit[] = [];
  for (let at = 0; at < open.length; at += LIMITS.recoverPartitionsPerUnit) {
    const some = open.slice(at, at + LIMITS.recoverPartitionsPerUnit);
    units.push({
      kind: 'resolve',
      topic: source.topic,
      partitions: some.map(({ partition }) => partition),
      offsets: sum(some.map(({ offsets }) => offsets)),
    });
  }
  return units;
}

/** One unit per partition with something behind its last delivery; partitions that never brought anything are read from their beginning. */
async function landUnits(
  { reader }: PlanRecoveryRequest,
  given: { readonly state: LedgerState; readonly source: RecordSource; readonly known: SourceState; readonly leftAlone: string[] },
): Promise<LandUnit[]> {
  const { state, source, known, leftAlone } = given;
  const [topic] = await reader.describe([source.topic]);
  const mismatch = identityMismatch(known, identityOf(topic!));
  if (mismatch !== undefined) {
    leftAlone.push(mismatch);
    return [];
  }
  const ends = await reader.ends(
    source.topic,
    Array.from({ length: topic!.partitions }, (_, partition) => partition),
  );
  const { positions, behind } = startPositions(state, { source, ends, topicId: topic!.topicId });
  for (const { partition, from, endOffset } of behind)
    leftAlone.push(`${source.id} partition ${partition}: Kafka ends at ${endOffset}, ${from} is covered`);
  return positions
    .map(({ partition, from }): LandUnit => ({ kind: 'land', topic: source.topic, partition, from, to: ends.get(partition)!.endOffset }))
    .filter(({ from, to }) => from < to);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
