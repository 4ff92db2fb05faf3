// Schedules, state machines and their functions. Stateless, and apart from ingest: neither can be deployed or torn down at the other's cost.
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { DEFAULT_CLUSTER } from '../../functions/recover/config.ts';
import { FirnMaintenance, type FirnMaintenanceProps } from '../constructs/firn-maintenance.ts';
import { pascal } from '../names.ts';

export interface MaintenanceStackProps extends StackProps {
  readonly maintenance: FirnMaintenanceProps;
}

export class MaintenanceStack extends Stack {
  readonly maintenance: FirnMaintenance;

  constructor(scope: Construct, id: string, props: MaintenanceStackProps) {
    super(scope, id, props);
    this.maintenance = new FirnMaintenance(this, 'Firn', props.maintenance);
    const { machine, recoveries } = this.maintenance;
    const tell = (name: string, value: string) =>
      new CfnOutput(this, name, { value, description: 'What `aws stepfunctions start-execution` starts' });
    tell('MaintenanceMachineArn', machine.machine.stateMachineArn);
    for (const [cluster, recovery] of recoveries)
      tell(`RecoveryMachineArn${cluster === DEFAULT_CLUSTER ? '' : pascal(cluster)}`, recovery.machine.machine.stateMachineArn);
  }
}
