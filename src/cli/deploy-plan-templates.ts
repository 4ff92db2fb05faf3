// Templates: where to read them, and what a new one does to resources that hold data or positions. CloudFormation would carry out
// every one of these changes without a word. Sources: AWS::Lambda::EventSourceMapping, "Update requires: Replacement";
// cloudformation-coverage-roadmap issue 2140 (a change of Topics is reported as done and does nothing).
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Effect } from '../contract/deployment-effect.ts';
import { InputRefusedError } from '../errors.ts';

export interface Template {
  readonly Metadata?: unknown;
  readonly Resources?: Readonly<Record<string, TemplateResource>>;
}

interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
}

/** By stack. */
export type Templates = ReadonlyMap<string, Template>;

/** What holds data, and what becomes of it when a template no longer has it but retains it. */
const STATEFUL: Readonly<Record<string, readonly [severity: 'refused' | 'attention', message: string]>> = {
  'AWS::S3::Bucket': ['refused', 'the bucket with every table and ledger stays behind and the deployment begins with an empty one'],
  'AWS::Glue::Database': [
    'attention',
    'the database and its tables stay, outside the stack; if a contract brings it back, import it (cdk import)',
  ],
  'AWS::KMS::Key': ['attention', 'the key stays, outside the stack: what it encrypted can be read by whoever may use it'],
};

const CREATE_ONLY = [
  'StartingPosition',
  'StartingPositionTimestamp',
  'EventSourceArn',
  'SelfManagedEventSource',
  'AmazonManagedKafkaEventSourceConfig',
  'SelfManagedKafkaEventSourceConfig',
];

/** Templates of a folder (`cdk.out`), or of one file: `<stack>.template.json`, or `<stack>.json` as `aws cloudformation get-template` prints it. */
export function readTemplates(path: string): Templates {
  if (!existsSync(path))
    throw new InputRefusedError(`there is no ${path}; expected a folder of templates or a template (npm run synth makes cdk.out)`, {
      code: 'template-missing',
    });
  const files = statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => name.endsWith('.template.json') || (name.endsWith('.json') && isStackFile(join(path, name))))
        .map((name) => join(path, name))
    : [path];
  if (files.length === 0)
    throw new InputRefusedError(`there is no template in ${path}; expected <stack>.template.json`, { code: 'template-missing' });
  return new Map(
    files.map((file) => [basename(file).replace(/(\.template)?\.json$/, ''), parseTemplate(file, readFileSync(file, 'utf8'))]),
  );
}

/** A template as text or as CloudFormation's answer that holds one. */
export function parseTemplate(from: string, text: string): Template {
  try {
    const parsed = JSON.parse(text) as Template & { readonly TemplateBody?: unknown };
    const body = parsed.TemplateBody ?? parsed;
    const template = (typeof body === 'string' ? JSON.parse(body) : body) as Template;
    if (template.Resources !== undefined) return template;
  } catch (cause) {
    throw new InputRefusedError(`${from} is no template: expected JSON with Resources`, { code: 'template-malformed', cause });
  }
  throw new InputRefusedError(`${from} is no template: expected JSON with Resources`, { code: 'template-malformed' });
}

/** Effects on resources of stacks that are deployed; a stack without an old template is new and has none. */
export function compareTemplates(old: Templates, next: Templates): readonly Effect[] {
  return [...old].flatMap(([stack, { Resources: before = {} }]) => {
    const after = next.get(stack)?.Resources ?? {};
    return Object.entries(before).flatMap(([id, resource]) => [
      ...compareStateful(`${stack}/${id}`, resource, after[id]),
      ...compareMapping(`${stack}/${id}`, resource, after[id]),
    ]);
  });
}

function compareStateful(about: string, before: TemplateResource, after: TemplateResource | undefined): readonly Effect[] {
  const known = STATEFUL[before.Type];
  if (known === undefined || after?.Type === before.Type) return [];
  if (before.DeletionPolicy === 'Retain')
    return [{ severity: known[0], rule: 'resource-left', about, message: known[1], remedy: 'keep its id' }];
  return [
    {
      severity: 'refused',
      rule: 'resource-deleted',
      about,
      message: `${before.Type} is deleted with all it holds`,
      remedy: 'retain it first, in a deployment of its own',
    },
  ];
}

function compareMapping(about: string, before: TemplateResource, after: TemplateResource | undefined): readonly Effect[] {
  const [was, is] = [before.Properties ?? {}, after?.Properties ?? {}];
  if (before.Type !== 'AWS::Lambda::EventSourceMapping' || after?.Type !== before.Type || !('Topics' in was)) return [];
  const changed = (key: string): boolean => JSON.stringify(was[key]) !== JSON.stringify(is[key]);
  const remedy = 'raise the generation of the source: it gets a function and a mapping of its own';
  const effects: Effect[] = [];
  if (changed('Topics'))
    effects.push({
      severity: 'refused',
      rule: 'topics-ignored',
      about,
      message: 'CloudFormation reports a change of Topics as done and does nothing',
      remedy,
    });
  const replacing = CREATE_ONLY.filter(changed);
  if (replacing.length > 0)
    effects.push({
      severity: 'refused',
      rule: 'mapping-replaced',
      about,
      message: `a change of ${replacing.join(', ')} makes a second mapping of the same function and topic, which Lambda answers with 409`,
      remedy,
    });
  if ('MaximumBatchingWindowInSeconds' in was && !('MaximumBatchingWindowInSeconds' in is))
    effects.push({
      severity: 'refused',
      rule: 'window-restored',
      about,
      message: 'the default window of 500 ms cannot be restored',
      remedy: 'set the window',
    });
  return effects;
}

function isStackFile(file: string): boolean {
  const text = readFileSync(file, 'utf8');
  return text.includes('"Resources"') && text.trimStart().startsWith('{');
}
