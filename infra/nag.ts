// cdk-nag's AWS Solutions rules on everything. A finding fails the synthesis unless it is acknowledged here with its reason, at the
// construct it is about; a new one of the same rule elsewhere still fails.
import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import type { DataStack } from './stacks/data.ts';
import type { IngestStack } from './stacks/ingest.ts';

export function addNag(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}

/** Every rule set aside, where, and why. */
export function acknowledgeFindings(stacks: { readonly data: DataStack; readonly ingest: IngestStack }): void {
  acknowledge(stacks.data.bucket, 'AwsSolutions-S1', 'Access logs of the warehouse would double its objects; data events of CloudTrail are the account’s choice.');
  acknowledge(stacks.ingest, 'AwsSolutions-IAM5', 'Resources end in * only below named folders, tables and log groups; EC2 knows no resources for interfaces.');
}

function acknowledge(scope: IConstruct, rule: string, reason: string): void {
  Validations.of(scope).acknowledge({ id: `AwsSolutions::${rule}`, reason });
}
