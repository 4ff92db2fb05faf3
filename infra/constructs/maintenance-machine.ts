// The machine of maintenance, for one contract an execution:
//
//   Plan ─► busy? ─► Compact groups (Map) ─► Keep tables (Map: Expire ─► Sweep) ─► Report ─► complete?
//
// What of the units fails is noted and told in the end; the others go on. Only a plan or a report that fails ends a run early. A compaction
// changes no content, so a run may end anywhere and the next one goes on.
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { LIMITS } from '../../src/contract/limits.ts';
import type { FirnFunction } from './firn-function.ts';
import { CONTRACT, EXECUTION, failing, machineTask } from './machine-task.ts';

export interface MaintenanceMachineProps {
  readonly firn: FirnFunction;
  readonly sweep: boolean;
}

/** States below a scope of their own; started with MaintenanceStart (src/contract/machine-payloads.ts). */
export function maintenanceStates(scope: Construct, props: MaintenanceMachineProps): sfn.IChainable {
  const { firn } = props;
  const failed = failing(scope, { firn });
  const report = machineTask(scope, 'Report', {
    firn,
    input: {
      step: 'report',
      contract: CONTRACT,
      execution: EXECUTION,
      plan: '{% $states.input.plan %}',
      compacted: '{% $states.input.compacted %}',
      kept: '{% $states.input.kept %}',
    },
    caught: failed,
  });
  const kept = keepTables(scope, props);
  const compacted = compactGroups(scope, props);
  // What a Map itself throws (a state's limit, an expression) is caught here; its units catch their own.
  for (const map of [compacted, kept]) map.addCatch(failed, { errors: [sfn.Errors.ALL], outputs: '{% $states.errorOutput %}' });
  compacted.next(kept);
  kept.next(report);
  report.next(
    sfn.Choice.jsonata(scope, 'Is all of it done?')
      .when(sfn.Condition.jsonata("{% $states.input.status = 'complete' %}"), sfn.Succeed.jsonata(scope, 'Maintained'))
      .otherwise(
        sfn.Fail.jsonata(scope, 'Incomplete', {
          error: 'MaintenanceIncomplete',
          cause: 'groups or tables were refused or failed: see the log of maintain and docs/runbook.md#maintenance-fails',
        }),
      ),
  );
  const plan = machineTask(scope, 'Plan', {
    firn,
    input: { step: 'plan', contract: CONTRACT, execution: EXECUTION },
    caught: failed,
  });
  return plan.next(
    sfn.Choice.jsonata(scope, 'Is another run under way?')
      .when(sfn.Condition.jsonata("{% $states.input.status = 'busy' %}"), sfn.Succeed.jsonata(scope, 'Left to the other run'))
      .otherwise(compacted),
  );
}

function compactGroups(scope: Construct, { firn }: MaintenanceMachineProps): sfn.Map {
  const compact = machineTask(scope, 'Compact', {
    firn,
    input: { step: 'compact', contract: CONTRACT, plan: '{% $states.input.plan %}', group: '{% $states.input.group %}' },
    ...noted(scope, 'Group failed'),
  });
  return sfn.Map.jsonata(scope, 'Compact groups', {
    items: sfn.ProvideItems.jsonata('{% $states.input.groups %}'),
    itemSelector: { plan: '{% $states.input.plan %}', group: '{% $states.context.Map.Item.Value %}' },
    maxConcurrency: LIMITS.maintainConcurrencyMax,
    outputs: '{% $merge([$states.input, {"compacted": $states.result}]) %}',
  }).itemProcessor(compact, { mode: sfn.ProcessorMode.INLINE });
}

/** Snapshots leave a table before its files are swept, so that what they alone held goes in the same run once it is old enough. */
function keepTables(scope: Construct, { firn, sweep }: MaintenanceMachineProps): sfn.Map {
  const input = { contract: CONTRACT, table: '{% $states.input.table %}' };
  const note = noted(scope, 'Table failed');
  const expire = machineTask(scope, 'Expire', { firn, input: { step: 'expire', ...input }, ...note, ...(sweep ? EXPIRED : {}) });
  if (sweep) {
    const isExpired = sfn.Condition.jsonata("{% $states.input.status = 'done' %}");
    expire.next(
      sfn.Choice.jsonata(scope, 'Is the table ours to sweep?')
        .when(isExpired, machineTask(scope, 'Sweep', { firn, input: { step: 'sweep', ...input }, ...note }))
        .otherwise(sfn.Pass.jsonata(scope, 'Table left alone', { outputs: { status: '{% $states.input.status %}' } })),
    );
  }
  return sfn.Map.jsonata(scope, 'Keep tables', {
    items: sfn.ProvideItems.jsonata('{% $states.input.tables %}'),
    itemSelector: { table: '{% $states.context.Map.Item.Value %}' },
    maxConcurrency: LIMITS.maintainConcurrencyMax,
    outputs: '{% $merge([$states.input, {"kept": $states.result}]) %}',
  }).itemProcessor(expire, { mode: sfn.ProcessorMode.INLINE });
}

/** The table's name goes on to the sweep. */
const EXPIRED = { output: '{% $merge([$states.input, $states.result.Payload]) %}' } as const;

/** A unit that failed in all its tries, as an answer among the others. */
function noted(scope: Construct, id: string) {
  return { caught: sfn.Pass.jsonata(scope, id, { outputs: { status: 'failed' } }) };
}
