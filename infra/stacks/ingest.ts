// The stateless half: event sources, functions, doorbell, alarms.
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { FirnPipeline, type FirnPipelineProps } from '../constructs/firn-pipeline.ts';

export interface IngestStackProps extends StackProps {
  readonly pipeline: FirnPipelineProps;
}

export class IngestStack extends Stack {
  readonly pipeline: FirnPipeline;

  constructor(scope: Construct, id: string, props: IngestStackProps) {
    super(scope, id, props);
    this.pipeline = new FirnPipeline(this, 'Firn', props.pipeline);
  }
}
