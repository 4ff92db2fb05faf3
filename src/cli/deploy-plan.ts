// `firn deploy-plan`: what the next deployment does to data and positions, before it does it. Compares the templates about to be
// deployed with those that are, read from files or from CloudFormation; both carry the record of their contracts. Exit 1 when
// something would be lost, unless a person accepts exactly that.

import { type Deployment, deploymentsOf } from '../contract/deployment.ts';
import { type Effect, sortEffects } from '../contract/deployment-effect.ts';
import { compareDeployments } from '../contract/deployment-effects.ts';
import { InputRefusedError } from '../errors.ts';
import { type Command, EXIT, type ExitCode, type Invocation, UsageError } from './command.ts';
import { compareTemplates, readTemplates, type Templates } from './deploy-plan-templates.ts';
import type { Terminal } from './terminal.ts';

export const deployPlanCommand: Command = {
  name: 'deploy-plan',
  usage: '(--deployed PATH | --aws) [--new DIR] [--accept LIST]',
  positionalsMin: 0,
  positionalsMax: 0,
  options: {
    new: { type: 'string', value: 'DIR', summary: 'templates about to be deployed (default cdk.out)' },
    deployed: { type: 'string', value: 'PATH', summary: 'templates that are deployed: a folder, or a file <stack>.json' },
    aws: { type: 'boolean', summary: 'ask CloudFormation for them, and Amazon MSK for topics and partitions' },
    accept: { type: 'string', value: 'LIST', summary: 'what is refused and wanted all the same: rule:about,rule:about' },
  },
  examples: [
    ['deploy-plan --aws', 'after npm run synth, before cdk deploy'],
    ['deploy-plan --deployed cdk.out.old', 'against the output of an earlier synthesis, offline'],
    ['deploy-plan --aws --accept source-removed:shop.orders/us', 'its lag is zero, and it is to go'],
  ],
  notes: ['Exit 1 when a change would lose data or positions, or count something twice. Nothing is changed by this command.'],
  run: runDeployPlan,
};

interface Plan {
  readonly effects: readonly (Effect & { readonly accepted: boolean })[];
  readonly isFirst: boolean;
}

async function runDeployPlan({ text, switches, terminal }: Invocation): Promise<ExitCode> {
  const isAws = switches.has('aws');
  if (isAws === (text['deployed'] !== undefined))
    throw new UsageError(
      'firn deploy-plan compares with what is deployed: name it, or ask AWS',
      'firn deploy-plan --aws, or --deployed PATH',
    );
  const next = readTemplates(text['new'] ?? 'cdk.out');
  const found = isAws
    ? await (await import('./deploy-plan-aws.ts')).askAws(next)
    : { templates: readTemplates(text['deployed']!), effects: [] };
  const effects = sortEffects([...comparePipelines(found.templates, next), ...compareTemplates(found.templates, next), ...found.effects]);
  const plan = accepted(effects, { list: text['accept'] ?? '', isFirst: found.templates.size === 0 });
  const isRefused = plan.effects.some(({ severity, accepted }) => severity === 'refused' && !accepted);
  if (terminal.isJson) terminal.json({ ok: !isRefused, first: plan.isFirst, effects: plan.effects });
  else print(terminal, plan, isRefused);
  return isRefused ? EXIT.no : EXIT.fine;
}

/** Pipelines are matched by stack and path, then by path alone: another environment has another stack. */
export function comparePipelines(old: Templates, next: Templates): readonly Effect[] {
  const [before, after] = [recordsOf(old), recordsOf(next)];
  if (after.length === 0)
    throw new InputRefusedError('the templates about to be deployed have no pipeline of Firn: expected the output of npm run synth', {
      code: 'no-record',
    });
  if (old.size > 0 && before.length === 0)
    return [
      {
        severity: 'attention',
        rule: 'no-record',
        about: [...old.keys()].join(', '),
        message: 'the deployed templates carry no record of their contracts: only their resources were compared',
      },
    ];
  const rest = [...after];
  return before.flatMap(({ stack, path, deployment }): readonly Effect[] => {
    const at = [rest.findIndex((one) => one.stack === stack && one.path === path), rest.findIndex((one) => one.path === path)].find(
      (index) => index >= 0,
    );
    if (at !== undefined) return compareDeployments(deployment, rest.splice(at, 1)[0]!.deployment);
    const contracts = deployment.contracts.map(({ name }) => name).join(', ');
    return [
      {
        severity: 'refused',
        rule: 'pipeline-removed',
        about: `${stack}/${path}`,
        message: `nothing reads for ${contracts} any more; tables and ledgers stay`,
        remedy: 'keep the id of the construct',
      },
    ];
  });
}

interface Recorded {
  readonly stack: string;
  readonly path: string;
  readonly deployment: Deployment;
}

function recordsOf(templates: Templates): readonly Recorded[] {
  return [...templates].flatMap(([stack, template]) =>
    [...deploymentsOf(template)].map(([path, deployment]) => ({ stack, path, deployment })),
  );
}

/** What is accepted must be there and be refused: a list that outlives its plan accepts something nobody has looked at. */
function accepted(effects: readonly Effect[], { list, isFirst }: { readonly list: string; readonly isFirst: boolean }): Plan {
  const wanted = new Set(list.split(',').filter((one) => one !== ''));
  const nameOf = ({ rule, about }: Effect) => `${rule}:${about}`;
  const names = new Set(effects.filter(({ severity }) => severity === 'refused').map(nameOf));
  for (const one of wanted) {
    if (!names.has(one))
      throw new UsageError(`--accept names ${one}, which is not refused`, `refused: ${[...names].join(', ') || 'nothing'}`);
  }
  return { effects: effects.map((effect) => ({ ...effect, accepted: wanted.has(nameOf(effect)) })), isFirst };
}

function print(terminal: Terminal, { effects, isFirst }: Plan, isRefused: boolean): void {
  const { style } = terminal;
  const colours = { refused: style.bad, attention: style.warn, fine: style.good };
  if (isFirst) terminal.line('nothing is deployed yet: every source is read from the beginning of its topic');
  else if (effects.length === 0) terminal.line('nothing changes for data or positions');
  for (const { severity, accepted, rule, about, message, remedy } of effects) {
    const word = accepted ? 'accepted' : severity;
    terminal.line(`${colours[severity](word.padEnd(9))}  ${style.bold(`${rule}:${about}`)}`);
    terminal.line(`           ${message}`);
    if (remedy !== undefined && severity !== 'fine' && !accepted) terminal.line(`           ${style.dim(`→ ${remedy}`)}`);
  }
  if (isRefused) terminal.line('refused: do not deploy this; mend it, or --accept what is meant');
}
