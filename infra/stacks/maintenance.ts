// Schedules, state machines and their functions. Stateless, and apart from ingest: neither can be deployed or torn down at the other's cost.
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { FirnMaintenance, type FirnMaintenanceProps } from '../constructs/firn-maintenance.ts';

export interface MaintenanceStackProps extends StackProps {
  readonly maintenance: FirnMaintenanceProps;
}

export class MaintenanceStack extends Stack {
  readonly maintenance: FirnMaintenance;

  constructor(scope: Construct, id: string, props: MaintenanceStackProps) {
    super(scope, id, props);
    this.maintenance = new FirnMaintenance(this, 'Firn', props.maintenance);
  }
}
