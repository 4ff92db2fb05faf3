// Steps of the recovery machine → jobs of src/jobs/recovery. What no repeat mends is answered as a status; what a repeat may mend is thrown,
// and the machine tries again.
import type { CompiledContract } from '../../src/contract/compiled.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import {
  RECOVERY_KINDS,
  type RecoverAuditAnswer,
  type RecoverInput,
  type RecoverPlanAnswer,
  type RecoverUnitAnswer,
} from '../../src/contract/machine-payloads.ts';
import type { RecordSource } from '../../src/decode/records.ts';
import { CommitRefusedError, InputRefusedError } from '../../src/errors.ts';
import type { Deadline } from '../../src/jobs/deadline.ts';
import { auditRecovery } from '../../src/jobs/recovery/audit-recovery.ts';
import { planRecovery } from '../../src/jobs/recovery/plan-recovery.ts';
import { recoverUnit } from '../../src/jobs/recovery/recover-unit.ts';
import type { RecoverUnitRequest } from '../../src/jobs/recovery/types.ts';
import { beginRun, endRun } from '../../src/jobs/run-marker.ts';
import type { KafkaReader } from '../../src/kafka-ports.ts';
import type { Ports } from '../../src/ports.ts';
import { logFailure } from '../shared/failures.ts';
import { MEMBERS, type Member, parseStep } from '../shared/step-input.ts';
import { DEFAULT_CLUSTER, RECOVERY_METRICS } from './config.ts';

export interface RecoverTools {
  readonly ports: Ports;
  readonly deadline: Deadline;
  /** A deployed contract; throws for one that is not. */
  readonly contractOf: (name: string) => CompiledContract;
  /** The cluster whose sources are recovered. */
  readonly cluster: string;
  /** Connects with its first call; closed after the step. */
  readonly connect: () => Promise<KafkaReader>;
  readonly guard?: RecoverUnitRequest['guard'];
}

export type RecoverAnswer = RecoverPlanAnswer | RecoverUnitAnswer | RecoverAuditAnswer | { readonly status: 'closed' };

const { contract, execution, plan, number, answers } = MEMBERS;
const kind: Member = { expected: RECOVERY_KINDS.join(' or '), holds: (value) => (RECOVERY_KINDS as readonly unknown[]).includes(value) };

/** Throws InputRefusedError for anything that is no step. */
export function parseRecoverInput(event: unknown): RecoverInput {
  return parseStep<RecoverInput>(event, {
    plan: { contract, kind, execution },
    unit: { contract, plan, unit: number, from: number },
    audit: { contract, execution, round: number, units: answers },
    close: { contract, execution },
  });
}

/** Carries one step out. */
export async function runRecoverStep(tools: RecoverTools, input: RecoverInput): Promise<RecoverAnswer> {
  switch (input.step) {
    case 'plan':
      return planStep(tools, input);
    case 'unit':
      return unitStep(tools, input);
    case 'audit':
      return auditStep(tools, input);
    case 'close':
      await endRun(runOf(tools, input));
      return { status: 'closed' };
  }
}

type InputOf<S extends RecoverInput['step']> = Extract<RecoverInput, { step: S }>;

async function planStep(tools: RecoverTools, input: InputOf<'plan'>): Promise<RecoverPlanAnswer> {
  const { ports, deadline } = tools;
  const known = tools.contractOf(input.contract);
  if (!(await beginRun({ ...runOf(tools, input), deadline }))) return { status: 'busy' };
  const planned = await withReader(tools, (reader) =>
    planRecovery({ ports, deadline, reader, contract: known, sources: sourcesOf(known, tools.cluster), kind: input.kind }),
  );
  const { units, leftAlone } = planned;
  for (const why of leftAlone) ports.telemetry.log('warn', 'left alone by a recovery', { contract: known.name, reason: why });
  ports.telemetry.log('info', 'recovery planned', { contract: known.name, kind: input.kind, plan: planned.plan, units: units.length });
  if (units.length > 0) return { status: 'planned', plan: planned.plan, units: [...units.keys()] };
  await endRun(runOf(tools, input));
  return { status: 'nothing' };
}

async function unitStep(tools: RecoverTools, input: InputOf<'unit'>): Promise<RecoverUnitAnswer> {
  const { ports, deadline } = tools;
  const known = tools.contractOf(input.contract);
  const { plan: name, unit, from } = input;
  const guarded = tools.guard ? { guard: tools.guard } : {};
  try {
    const result = await withReader(tools, (reader) =>
      recoverUnit({
        ports,
        deadline,
        reader,
        contract: known,
        sources: sourcesOf(known, tools.cluster),
        plan: name,
        unit,
        from,
        ...guarded,
      }),
    );
    const { landed, absent, leftOffsets, parked } = result;
    ports.telemetry.count(RECOVERY_METRICS.landed, landed, { contract: known.name });
    ports.telemetry.count(RECOVERY_METRICS.absent, absent, { contract: known.name });
    ports.telemetry.count(RECOVERY_METRICS.left, leftOffsets, { contract: known.name });
    const facts = { contract: known.name, plan: name, unit, result: result.kind, landed, absent, leftOffsets, parked: parked.length };
    ports.telemetry.log('info', 'unit recovered', facts);
    return { status: result.kind, from: result.from };
  } catch (error) {
    if (!(error instanceof CommitRefusedError || error instanceof InputRefusedError)) throw error;
    logFailure(ports.telemetry, error);
    return { status: 'refused', from: 0 };
  }
}

async function auditStep(tools: RecoverTools, input: InputOf<'audit'>): Promise<RecoverAuditAnswer> {
  const { ports } = tools;
  const { kind: found, scope, unverified, staged } = await auditRecovery({ ports, contractName: input.contract });
  const isOpen = found === 'open' || (found === 'clean' && input.units.some((unit) => unit.status !== 'done'));
  const status = !isOpen ? (found as Exclude<typeof found, 'open'>) : input.round < LIMITS.recoverRoundsMax ? 'again' : 'unclean';
  // A committer that lost its ring is rung again.
  if (status === 'waiting') await ports.doorbell.ring(input.contract);
  if (status === 'clean' || status === 'unclean') await endRun(runOf(tools, input));
  ports.telemetry.log('info', 'recovery audited', { contract: input.contract, status, scope, unverified, staged, round: input.round });
  return { status, scope, unverified, staged };
}

function runOf({ ports, cluster }: RecoverTools, input: { readonly contract: string; readonly execution: string }) {
  return { ports, contractName: input.contract, kind: `recover-${cluster}`, execution: input.execution };
}

/** The contract's sources that are read from a cluster, by topic. */
function sourcesOf(known: CompiledContract, cluster: string): ReadonlyMap<string, RecordSource> {
  const mine = known.sources.filter((source) => (source.cluster ?? DEFAULT_CLUSTER) === cluster);
  return new Map(mine.map(({ name, topic, generation }) => [topic, { id: `${name}/${topic}/${generation}`, topic }]));
}

async function withReader<T>({ connect }: RecoverTools, use: (reader: KafkaReader) => Promise<T>): Promise<T> {
  const reader = await connect();
  try {
    return await use(reader);
  } finally {
    await reader.close();
  }
}
