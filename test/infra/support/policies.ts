// A role's policy as plain text, and whether it allows a request, as IAM decides it for policies without deny and conditions.
import type { Template } from 'aws-cdk-lib/assertions';
import { resourcesOf } from './deployment.ts';

export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

/** Action → resources, references named (`<bucket>/…`), of the policy whose logical id contains `part`. */
export function allowedTo(template: Template, part: string): ReadonlyMap<string, readonly string[]> {
  const [, policy] = [...resourcesOf(template, 'AWS::IAM::Policy')].find(([id]) => id.includes(part))!;
  const allowed = new Map<string, string[]>();
  for (const statement of (policy.Properties['PolicyDocument'] as { Statement: Statement[] }).Statement) {
    for (const action of [statement.Action].flat()) {
      allowed.set(action, [...(allowed.get(action) ?? []), ...[statement.Resource].flat().map(plain)].sort());
    }
  }
  return allowed;
}

/** Does the policy allow the action on every one of the resources? */
export function permits(allowed: ReadonlyMap<string, readonly string[]>, action: string, resources: readonly string[]): boolean {
  const patterns = (allowed.get(action) ?? []).map((pattern) => new RegExp(`^${pattern.split('*').map(escapeRegExp).join('.*')}$`));
  return resources.every((resource) => patterns.some((pattern) => pattern.test(resource)));
}

function plain(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const { Ref, 'Fn::ImportValue': imported, 'Fn::GetAtt': attribute, 'Fn::Join': join } = resource as Record<string, unknown>;
  if (typeof Ref === 'string') return `<${Ref}>`;
  if (typeof imported === 'string') return imported.includes('WarehouseBucket') ? '<bucket>' : `<${imported}>`;
  if (Array.isArray(attribute)) return `<${attribute[0]}>`;
  const [separator, parts] = join as [string, unknown[]];
  return parts.map(plain).join(separator);
}

function escapeRegExp(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}
