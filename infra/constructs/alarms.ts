// Alarms: each names the section of the runbook that says what to do, and notifies the configured topic. Missing data is good
// news: nothing ran, nothing waited; but for what stays as it is while nothing runs.
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { METRIC_NAMESPACE } from '../../functions/shared/config.ts';

export interface AlarmRule {
  readonly metric: cloudwatch.IMetric;
  /** The alarm rings at this value and above … */
  readonly threshold: number;
  /** … in so many of the last five minutes, or of the `periods`. */
  readonly minutesOfFive: number;
  /** In place of five minutes: so many periods of the metric. @default 5 */
  readonly periods?: number;
  /** What silence says: all is well, or as before. @default 'good' */
  readonly silence?: 'good' | 'as-before';
  readonly meaning: string;
  /** Heading in docs/runbook.md, as its anchor. */
  readonly runbook: string;
}

export interface AlarmsProps {
  /** ARN of an SNS topic. @default nobody is notified */
  readonly topicArn?: string;
}

export class Alarms extends Construct {
  readonly #action: SnsAction | undefined;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.#action = props.topicArn === undefined ? undefined : new SnsAction(sns.Topic.fromTopicArn(this, 'Topic', props.topicArn));
  }

  add(id: string, rule: AlarmRule): void {
    const alarm = new cloudwatch.Alarm(this, id, {
      metric: rule.metric,
      threshold: rule.threshold,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: rule.periods ?? 5,
      datapointsToAlarm: rule.minutesOfFive,
      treatMissingData: rule.silence === 'as-before' ? cloudwatch.TreatMissingData.IGNORE : cloudwatch.TreatMissingData.NOT_BREACHING,
      alarmDescription: `${rule.meaning} See docs/runbook.md#${rule.runbook}.`,
    });
    if (this.#action !== undefined) alarm.addAlarmAction(this.#action);
  }
}

/** A metric of Firn's own, with exactly the dimensions it is emitted with. */
export function firnMetric(
  name: string,
  dimensions: Readonly<Record<string, string>>,
  options: Pick<cloudwatch.MetricOptions, 'period' | 'statistic'> = {},
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: METRIC_NAMESPACE,
    metricName: name,
    dimensionsMap: { ...dimensions },
    period: Duration.minutes(1),
    statistic: 'Maximum',
    ...options,
  });
}
