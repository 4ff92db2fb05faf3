// The machine of recovery, for one contract and one cluster an execution:
//
//   Plan ─► busy or nothing? ─► Recover units (Map: unit ─► more? ─► unit …) ─► Audit ─► waiting? ─► Wait ─► Audit …
//     ▲                                                                           │
//     └──────────────────────────── Next round ◄── again? ────────────────────────┘ clean ─► Recovered, else ─► Unclean
//
// Every loop has a bound. Units are ledger entries or staged descriptors in the end, so an execution may stop anywhere and another goes on.
import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { LIMITS } from '../../src/contract/limits.ts';
import type { FirnFunction } from './firn-function.ts';
import { CONTRACT, EXECUTION, failing, machineTask } from './machine-task.ts';

export interface RecoveryMachineProps {
  readonly firn: FirnFunction;
}

/** States below a scope of their own; started with RecoveryStart (src/contract/machine-payloads.ts). */
export function recoveryStates(scope: Construct, { firn }: RecoveryMachineProps): sfn.IChainable {
  const failed = failing(scope, { firn });
  const plan = machineTask(scope, 'Plan', {
    firn,
    input: { step: 'plan', contract: CONTRACT, kind: '{% $states.context.Execution.Input.kind %}', execution: EXECUTION },
    output: '{% $merge([$states.result.Payload, {"round": $states.input.round}]) %}',
    caught: failed,
  });
  const units = recoverUnits(scope, firn);
  units.addCatch(failed, { errors: [sfn.Errors.ALL], outputs: '{% $states.errorOutput %}' });
  units.next(auditing(scope, { firn, failed, nextRound: plan }));
  plan.next(
    sfn.Choice.jsonata(scope, 'Is there anything to do?')
      .when(sfn.Condition.jsonata("{% $states.input.status = 'busy' %}"), sfn.Succeed.jsonata(scope, 'Left to the other run'))
      .when(sfn.Condition.jsonata("{% $states.input.status = 'nothing' %}"), sfn.Succeed.jsonata(scope, 'Nothing to recover'))
      .otherwise(units),
  );
  return sfn.Pass.jsonata(scope, 'First round', { outputs: { round: 1 } }).next(plan);
}

/** A unit that failed in all its tries keeps no other from going on: the audit says what is left. */
function recoverUnits(scope: Construct, firn: FirnFunction): sfn.Map {
  const over = sfn.Pass.jsonata(scope, 'Unit over', { outputs: { status: '{% $states.input.status %}' } });
  const unit = machineTask(scope, 'Recover unit', {
    firn,
    input: {
      step: 'unit',
      contract: CONTRACT,
      plan: '{% $states.input.plan %}',
      unit: '{% $states.input.unit %}',
      from: '{% $states.input.from %}',
    },
    output: '{% $merge([$states.input, $states.result.Payload, {"turn": $states.input.turn + 1}]) %}',
    caught: over,
    caughtOutput: '{% {"status": "failed"} %}',
  });
  const isMore = sfn.Condition.jsonata(`{% $states.input.status = 'more' and $states.input.turn < ${LIMITS.recoverTurnsMax} %}`);
  unit.next(sfn.Choice.jsonata(scope, 'Is there more of it?').when(isMore, unit).otherwise(over));
  return sfn.Map.jsonata(scope, 'Recover units', {
    items: sfn.ProvideItems.jsonata('{% $states.input.units %}'),
    itemSelector: { plan: '{% $states.input.plan %}', unit: '{% $states.context.Map.Item.Value %}', from: 0, turn: 0 },
    maxConcurrency: LIMITS.recoverConcurrencyMax,
    outputs: '{% {"round": $states.input.round, "looks": 0, "units": $states.result} %}',
  }).itemProcessor(unit, { mode: sfn.ProcessorMode.INLINE });
}

function auditing(
  scope: Construct,
  given: { readonly firn: FirnFunction; readonly failed: sfn.IChainable; readonly nextRound: sfn.IChainable },
): sfn.IChainable {
  const { firn, failed, nextRound } = given;
  const audit = machineTask(scope, 'Audit', {
    firn,
    input: {
      step: 'audit',
      contract: CONTRACT,
      execution: EXECUTION,
      round: '{% $states.input.round %}',
      units: '{% $states.input.units %}',
    },
    output: '{% $merge([$states.input, $states.result.Payload, {"looks": $states.input.looks + 1}]) %}',
    caught: failed,
  });
  const wait = sfn.Wait.jsonata(scope, 'Wait for the commit', { time: sfn.WaitTime.duration(Duration.seconds(LIMITS.recoverWaitS)) });
  wait.next(audit);
  const isWaiting = `{% $states.input.status = 'waiting' and $states.input.looks < ${LIMITS.recoverWaitsMax} %}`;
  const again = sfn.Pass.jsonata(scope, 'Next round', { outputs: { round: '{% $states.input.round + 1 %}' } });
  again.next(nextRound);
  const unclean = sfn.Pass.jsonata(scope, 'Unclean', {
    outputs: {
      Error: 'RecoveryIncomplete',
      Cause:
        '{% "the audit says " & $states.input.status & ", " & $string($states.input.unverified) & " offsets are unverified: see docs/runbook.md#recovery-fails" %}',
    },
  });
  unclean.next(failed);
  return audit.next(
    sfn.Choice.jsonata(scope, 'Is it clean?')
      .when(sfn.Condition.jsonata("{% $states.input.status = 'clean' %}"), sfn.Succeed.jsonata(scope, 'Recovered'))
      .when(sfn.Condition.jsonata(isWaiting), wait)
      .when(sfn.Condition.jsonata("{% $states.input.status = 'again' %}"), again)
      .otherwise(unclean),
  );
}
