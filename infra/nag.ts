// cdk-nag's AWS Solutions rules on everything, offline, at each synthesis. A finding fails it unless it is set aside below: by
// rule, by what was found and where, with the reason. A finding nobody thought of still fails.
import { type App, type IPolicyValidationPlugin, type PolicyValidationPluginReport, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';

export interface SetAside {
  /** The whole name of a finding: `AwsSolutions-IAM5[Resource::*]`. */
  readonly finding: RegExp;
  /** Construct path of every resource it may be found at. */
  readonly path: RegExp;
  readonly reason: string;
}

export const SET_ASIDE: readonly SetAside[] = [
  {
    finding: /^AwsSolutions-S1$/,
    path: /\/Warehouse-Bucket\/Resource$/,
    reason: 'Access logs would double the objects and requests of the warehouse; CloudTrail data events are the account owner’s choice.',
  },
  {
    finding:
      /^AwsSolutions-IAM5\[Resource::.+\/_firn\/(\*|[a-z0-9_]+\.[^/]+)\/((staged|ledger|checkpoint|maintenance|parked|suspect)\/)?\*\]$/,
    path: /\/(Commit|Land)\/Role\/DefaultPolicy\/Resource$/,
    reason: 'Descriptors, entries and checkpoints have generated names below these folders.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::.+\/_firn\/\*\]$/,
    path: /\/Commit\/Role\/DefaultPolicy\/Resource$/,
    reason: 'One committer keeps the ledgers of all contracts of the warehouse.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::.+\/[a-z0-9_]+\/[a-z0-9_]+\/((data|metadata)\/)?\*\]$/,
    path: /\/Land\/Role\/DefaultPolicy\/Resource$/,
    reason: 'Files of a table have generated names below the folder of the table.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::.+\/[a-z0-9_]+\/(\*\/(data|metadata)\/)?\*\]$/,
    path: /\/Commit\/Role\/DefaultPolicy\/Resource$/,
    reason: 'One committer writes the tables of every contract, whose files have generated names below the namespaces’ folders.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::arn:.+:glue:.+:table\/[a-z0-9_]+\/\*\]$/,
    path: /\/Commit\/Role\/DefaultPolicy\/Resource$/,
    reason: 'One committer commits every table of the contracts’ namespaces.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    path: /-G\d+\/Land\/Role\/DefaultPolicy\/Resource$/,
    reason: 'EC2 knows no resources for the network interfaces of the Kafka pollers, X-Ray none for traces.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    path: /\/(Commit|Watch|Maintain)\/Role\/DefaultPolicy\/Resource$/,
    reason: 'X-Ray knows no resources for traces.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    path: /\/Recover\/Role\/DefaultPolicy\/Resource$/,
    reason: 'X-Ray knows no resources for traces, EC2 none for the network interfaces of a function that reaches Kafka.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    path: /\/(Maintenance|Machine)\/Machine\/Role\/DefaultPolicy\/Resource$/,
    reason: 'X-Ray and the delivery of logs know no resources (Step Functions developer guide, "IAM policies for logging").',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::<\w+(Maintain|Recover)Function\w+\.Arn>:\*\]$/,
    path: /\/(Maintenance|Machine)\/Machine\/Role\/DefaultPolicy\/Resource$/,
    reason: 'A machine invokes one function, whichever version of it.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::<\w+Machine\w+>:\*\]$/,
    path: /\/SchedulerRoleForTarget-\w+\/DefaultPolicy\/Resource$/,
    reason: 'A schedule starts executions of one machine, whose names are made up.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::.+\/_firn\/\*\/((ledger|maintenance|parked|plans|runs|staged|suspect)\/\*|ledger\.json)\]$/,
    path: /\/(Maintain|Recover)\/Role\/DefaultPolicy\/Resource$/,
    reason: 'Objects of the protocol have generated names below the folders of every contract.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::.+\/(_firn|[a-z0-9_]+)\/(\*\/(data|metadata)\/)?\*\]$/,
    path: /\/(Maintain|Recover)\/Role\/DefaultPolicy\/Resource$/,
    reason: 'One function maintains, one recovers the tables of every contract, whose files have generated names.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::arn:.+:glue:.+:table\/[a-z0-9_]+\/\*\]$/,
    path: /\/(Maintain|Recover)\/Role\/DefaultPolicy\/Resource$/,
    reason: 'One function maintains, one recovers every table of the contracts’ namespaces.',
  },
];

export function addNag(app: App): void {
  Validations.of(app).addPlugins(reasonedNag());
}

/** The rule pack less what is set aside. */
export function reasonedNag(setAside: readonly SetAside[] = SET_ASIDE): IPolicyValidationPlugin {
  const pack = new AwsSolutionsChecks();
  return {
    name: 'AwsSolutions',
    validate: (context) => {
      const report = pack.validate(context);
      const violations = report.violations.flatMap((violation) => withoutSetAside(violation, setAside));
      return { ...report, success: violations.length === 0, violations };
    },
  };
}

type Violation = PolicyValidationPluginReport['violations'][number];

function withoutSetAside(violation: Violation, setAside: readonly SetAside[]): Violation[] {
  const remaining = violation.violatingResources.filter(
    (resource) => !setAside.some(({ finding, path }) => finding.test(violation.ruleName) && path.test(resource.constructPath ?? '')),
  );
  return remaining.length === 0 ? [] : [{ ...violation, violatingResources: remaining }];
}
