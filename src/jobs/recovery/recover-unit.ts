// Carries one unit of a plan of recovery out (plan-recovery.ts). It may be repeated, run beside others and be killed anywhere: what it lands
// is trimmed against the ledger, and only what neither an entry covers nor a staged descriptor holds becomes absent.
import type { RecordSource } from '../../decode/records.ts';
import { InputRefusedError } from '../../errors.ts';
import { countOffsets } from '../../ledger/ranges.ts';
import { loadLedger } from '../load-ledger.ts';
import { loadPlan } from '../recovery-plan.ts';
import { resolveOffsets } from '../resolve-offsets.ts';
import { landRange } from './land-range.ts';
import { readUnits } from './plan-recovery.ts';
import type { RecoveredUnit, RecoverUnitRequest, RecoveryUnit } from './types.ts';

/** A bounded part of the unit: half of the deadline at most. What it landed is staged and needs a commit. */
export async function recoverUnit(request: RecoverUnitRequest): Promise<RecoveredUnit> {
  const { ports, contract, sources, plan, unit: number } = request;
  const { body } = await loadPlan(ports, { contractName: contract.name, id: plan });
  const unit = readUnits(body, 'plan.body').units[number];
  const source = unit === undefined ? undefined : sources.get(unit.topic);
  if (unit === undefined || source === undefined) {
    throw new InputRefusedError(`plan ${plan} of ${contract.name} has no unit ${number} that this cluster could answer; plan again`, {
      code: 'unit-unknown',
      details: { contract: contract.name },
    });
  }
  return unit.kind === 'resolve' ? resolve(request, unit) : land(request, unit, source);
}

async function resolve(request: RecoverUnitRequest, unit: Extract<RecoveryUnit, { kind: 'resolve' }>): Promise<RecoveredUnit> {
  const mine = new Set(unit.partitions);
  const isMine = (topic: string, partition: number) => topic === unit.topic && mine.has(partition);
  const { landed, noRecord, beforeLogStart, left, parked } = await resolveOffsets({ ...request, isMine });
  const isUnfinished = parked.length === 0 && left.some(({ why }) => why === 'not-asked-yet');
  const leftOffsets = left.reduce((total, { ranges }) => total + countOffsets(ranges), 0);
  // What was landed in this turn is a gap until it is committed: only progress is worth another turn at once.
  const isProgress = landed + noRecord + beforeLogStart > 0;
  const kind = isUnfinished && isProgress ? 'more' : leftOffsets > 0 || parked.length > 0 ? 'left' : 'done';
  return { kind, from: request.from, landed, absent: noRecord + beforeLogStart, leftOffsets, parked };
}

async function land(
  request: RecoverUnitRequest,
  unit: Extract<RecoveryUnit, { kind: 'land' }>,
  source: RecordSource,
): Promise<RecoveredUnit> {
  const { ports, contract } = request;
  const { state } = await loadLedger({ ports, contractName: contract.name });
  const known = state.sources.get(source.id);
  const nothing = { from: unit.to, landed: 0, absent: 0, leftOffsets: 0, parked: [] };
  if (known === undefined || known.parked) return { kind: 'left', ...nothing };
  const { partition, to } = unit;
  const from = Math.max(request.from, unit.from);
  const landed = await landRange({ ...request, source, known, partition, to, from });
  const parked = landed.parked === undefined ? [] : [landed.parked];
  const isThrough = landed.next >= to;
  const isStuck = parked.length > 0 || (!isThrough && landed.next <= from);
  const leftOffsets = isStuck ? to - landed.next : 0;
  return {
    kind: isStuck ? 'left' : isThrough ? 'done' : 'more',
    from: landed.next,
    landed: landed.records,
    absent: 0,
    leftOffsets,
    parked,
  };
}
