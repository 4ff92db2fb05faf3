// A recovery plan is data (DESIGN §7): made by `plan`, looked at by a person, carried out by `apply`, which refuses it when its
// content is not what its name says or when the ledger moved in a way the kind cannot bear. Plans lie in `_firn/<contract>/plans/`
// under `<kind>-<hash of the content>`, so one that was edited is another plan, and applying one twice is told from its progress
// in the ledger, never from memory.
import { createHash } from 'node:crypto';
import { LIMITS } from '../contract/limits.ts';
import { contractPaths } from '../contract/names.ts';
import { InputRefusedError, TransientIoError } from '../errors.ts';
import { anything, count, list, object, parseJson, type Reader, text } from '../ledger/json-readers.ts';
import { versionOne } from '../ledger/shapes.ts';
import type { Ports } from '../ports.ts';

export interface RecoveryPlan {
  readonly version: 1;
  readonly kind: string;
  readonly contract: string;
  /** Last entry of the ledger the plan was made from. */
  readonly basis: number;
  readonly createdAtMs: number;
  /** In a sentence: what applying it does. */
  readonly what: string;
  /** In a sentence: what it is made for. */
  readonly why: string;
  /** Each effect worth knowing before it is approved, with its counts. */
  readonly effects: readonly string[];
  /** What the kind needs, as plain JSON. */
  readonly body: unknown;
}

export type StoredPlan = RecoveryPlan & { readonly id: string };

const readPlan: Reader<RecoveryPlan> = object<RecoveryPlan>({
  version: versionOne,
  kind: text,
  contract: text,
  basis: count,
  createdAtMs: count,
  what: text,
  why: text,
  effects: list(text),
  body: anything,
});

/** Stores a plan under the name of its content. The same plan stored twice is one object. */
export async function storePlan(ports: Ports, plan: RecoveryPlan): Promise<StoredPlan> {
  const bytes = Buffer.from(JSON.stringify(plan), 'utf8');
  if (bytes.length > LIMITS.recoveryPlanBytesMax) {
    throw new InputRefusedError(
      `the plan would have ${bytes.length} bytes, at most ${LIMITS.recoveryPlanBytesMax} are kept; plan a smaller part`,
      { code: 'plan-too-large', details: { contract: plan.contract } },
    );
  }
  const id = idOf(plan.kind, bytes);
  const uri = contractPaths(ports.root, plan.contract).plan(id);
  for (let attempt = 1; attempt <= LIMITS.ioAttemptsMax; attempt++) {
    if ((await ports.files.create(uri, bytes)) !== 'unknown') return { ...plan, id };
  }
  throw new TransientIoError(`plan ${id} could not be stored in ${LIMITS.ioAttemptsMax} attempts; try again`, {
    code: 'plan-not-written',
    details: { contract: plan.contract, uri },
  });
}

/** The plan of that name; throws InputRefusedError when there is none or it was edited. */
export async function loadPlan(ports: Ports, given: { readonly contractName: string; readonly id: string }): Promise<StoredPlan> {
  const { contractName, id } = given;
  if (!/^[a-z-]{1,40}-[0-9a-f]{16}$/.test(id)) throw unknownPlan(contractName, 'its name is none of a plan');
  const bytes = await ports.files.read(contractPaths(ports.root, contractName).plan(id));
  if (!bytes) throw unknownPlan(contractName, `there is no plan ${id}`);
  if (bytes.length > LIMITS.recoveryPlanBytesMax) throw unknownPlan(contractName, `plan ${id} is too large`);
  const plan = readPlan(parseJson(bytes, 'plan'), 'plan');
  if (idOf(plan.kind, bytes) !== id || plan.contract !== contractName)
    throw unknownPlan(contractName, `plan ${id} was changed after it was made`);
  return { ...plan, id };
}

function idOf(kind: string, bytes: Buffer): string {
  return `${kind}-${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`;
}

function unknownPlan(contract: string, what: string): InputRefusedError {
  return new InputRefusedError(`recovery of ${contract}: ${what}; make one with firn recover plan`, {
    code: 'plan-unknown',
    details: { contract },
  });
}
