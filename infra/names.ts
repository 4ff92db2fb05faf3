// Names that are a public contract: construct ids (changing one replaces the resource) and consumer groups (changing one starts
// from the beginning of the topic). Both carry the source's generation, so a new generation gets a new function, mapping and group
// beside the old: CloudFormation creates before it deletes, and Lambda refuses a second mapping of one function and topic.
import { createHash } from 'node:crypto';
import type { SourcePlan } from '../src/contract/compiled.ts';

/** `GameAccessEvents-GameAccessEvents-G1`. */
export function sourceConstructId(contractName: string, source: SourcePlan): string {
  return `${pascal(contractName)}-${pascal(source.name)}-G${source.generation}`;
}

/** `firn.<environment>.<contract>.<source>.g<generation>`. */
export function consumerGroup(environment: string, contractName: string, source: SourcePlan): string {
  return `firn.${environment}.${contractName}.${source.name}.g${source.generation}`;
}

/**
 * Id of a mapping within its source: changes with topic or brokers. CloudFormation reports an update of `Topics` as done and does
 * nothing (cloudformation-coverage-roadmap issue 2140), so another topic has to be another mapping.
 */
export function mappingConstructId(topic: string, brokers: string): string {
  return `Mapping-${createHash('sha256')
    .update(JSON.stringify([topic, brokers]))
    .digest('hex')
    .slice(0, 8)}`;
}

/** `game.access-events` → `GameAccessEvents`. */
export function pascal(name: string): string {
  return name
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word[0]!.toUpperCase() + word.slice(1))
    .join('');
}
