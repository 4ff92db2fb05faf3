// The state machines of a template as Step Functions would get them: definitions with references filled in, and every state of them.
import type { Template } from 'aws-cdk-lib/assertions';
import { resourcesOf } from './deployment.ts';

export interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly TimeoutSeconds?: number;
  readonly MaxConcurrency?: number;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
  readonly ItemProcessor?: Graph & { readonly ProcessorConfig: { readonly Mode: string } };
  readonly Arguments?: { readonly FunctionName: string; readonly Payload: Readonly<Record<string, unknown>> };
  readonly ItemSelector?: Readonly<Record<string, unknown>>;
  readonly Seconds?: number;
}

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly MaxAttempts: number;
  readonly IntervalSeconds: number;
  readonly MaxDelaySeconds: number;
  readonly JitterStrategy: string;
}

export interface Graph {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface Definition extends Graph {
  readonly QueryLanguage: string;
  readonly TimeoutSeconds: number;
}

export interface Machine {
  readonly id: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly definition: Definition;
}

/** All machines of a template. References to functions become `arn:…:function:<logical id>`. */
export function machinesOf(template: Template): readonly Machine[] {
  return [...resourcesOf(template, 'AWS::StepFunctions::StateMachine')].map(([id, { Properties }]) => {
    const text = textOf(Properties['DefinitionString']);
    return { id, properties: Properties, text, definition: JSON.parse(text) as Definition };
  });
}

/** Every state by name, those inside of maps too; names are unique in a machine. */
export function statesOf(graph: Graph): ReadonlyMap<string, State> {
  const found = new Map<string, State>();
  for (const [name, state] of Object.entries(graph.States)) {
    found.set(name, state);
    for (const [inner, one] of statesOf(state.ItemProcessor ?? { StartAt: '', States: {} })) found.set(inner, one);
  }
  return found;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>;
  if (Ref === 'AWS::Partition') return 'aws';
  if (Array.isArray(attribute)) return `arn:aws:lambda:eu-central-1:111122223333:function:${attribute[0]}`;
  const [separator, parts] = join as [string, unknown[]];
  return parts.map(textOf).join(separator);
}
