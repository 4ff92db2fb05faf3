// The templates that are deployed, asked of CloudFormation, and facts of Amazon MSK about the sources that are to be read. Reads
// alone. GetTemplate is one request of AWS's Query protocol, signed like every other; a client package for it would be larger than
// the rest of this command.
import { makeAwsClients } from '../aws/clients.ts';
import { type MskReader, makeMskReader } from '../aws/msk-facts.ts';
import { systemClock } from '../aws/system.ts';
import { type DeployedCluster, deploymentsOf } from '../contract/deployment.ts';
import type { Effect } from '../contract/deployment-effect.ts';
import { LIMITS } from '../contract/limits.ts';
import { InputRefusedError, TransientIoError } from '../errors.ts';
import { type AwsCredentials, sigV4 } from '../rest/sigv4.ts';
import { factEffects } from './deploy-plan-facts.ts';
import { parseTemplate, type Template, type Templates } from './deploy-plan-templates.ts';

export interface AskedAws {
  /** Of the stacks about to be deployed, those that are there. */
  readonly templates: Templates;
  readonly effects: readonly Effect[];
}

/** One request a stack, two a source. */
export async function askAws(next: Templates): Promise<AskedAws> {
  const templates = await deployedTemplates([...next.keys()]);
  const msk = makeMskReader();
  try {
    return { templates, effects: await mskEffects(next, msk) };
  } finally {
    msk.destroy();
  }
}

async function mskEffects(next: Templates, msk: MskReader): Promise<readonly Effect[]> {
  const effects: Effect[] = [];
  for (const template of next.values()) {
    for (const { kafka, clusters, contracts } of deploymentsOf(template).values()) {
      for (const contract of contracts) {
        for (const source of contract.sources) {
          const cluster: DeployedCluster = source.cluster === undefined ? kafka : clusters[source.cluster]!;
          if (cluster.kind !== 'msk') continue;
          const facts = await msk.describe(cluster.brokers[0]!, source.topic);
          effects.push(...factEffects({ about: `${contract.name}/${source.name}`, topic: source.topic, cluster }, facts));
        }
      }
    }
  }
  return effects;
}

async function deployedTemplates(stacks: readonly string[]): Promise<Templates> {
  const clients = makeAwsClients();
  try {
    const region = await clients.glue.config.region();
    const credentials = () => clients.glue.config.credentials();
    const templates = new Map<string, Template>();
    for (const stack of stacks) {
      const text = await getTemplate(stack, { region, credentials });
      if (text !== undefined) templates.set(stack, parseTemplate(`the deployed template of ${stack}`, text));
    }
    return templates;
  } finally {
    clients.destroy();
  }
}

interface Access {
  readonly region: string;
  readonly credentials: () => Promise<AwsCredentials>;
}

/** The text of a deployed template; undefined if there is no such stack. */
async function getTemplate(stack: string, { region, credentials }: Access): Promise<string | undefined> {
  const body = new URLSearchParams({
    Action: 'GetTemplate',
    Version: '2010-05-15',
    StackName: stack,
    TemplateStage: 'Original',
  }).toString();
  const url = endpointOf(region);
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const signed = await sigV4({ region, signingName: 'cloudformation', credentials, clock: systemClock }).authorise({
    method: 'POST',
    url,
    headers,
    body,
  });
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, ...signed },
    body,
    signal: AbortSignal.timeout(LIMITS.ioTimeoutMs),
  }).catch((cause: unknown) => {
    throw new TransientIoError(`CloudFormation did not answer for ${stack}; try again`, { code: 'cloudformation', cause });
  });
  const answer = await response.text();
  if (response.ok) return unescapeXml(elementOf(answer, 'TemplateBody') ?? '');
  if (elementOf(answer, 'Code') === 'ValidationError' && answer.includes('does not exist')) return undefined;
  const got = elementOf(answer, 'Code') ?? String(response.status);
  throw new InputRefusedError(`CloudFormation refused to show the template of ${stack}: got ${got}; it takes cloudformation:GetTemplate`, {
    code: 'cloudformation',
    details: { got },
  });
}

/** The SDK's own variables for a local service. */
function endpointOf(region: string): string {
  const local = process.env['AWS_ENDPOINT_URL_CLOUDFORMATION'] ?? process.env['AWS_ENDPOINT_URL'];
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `${(local ?? `https://cloudformation.${region}.${suffix}`).replace(/\/$/, '')}/`;
}

function elementOf(xml: string, name: string): string | undefined {
  const [from, to] = [xml.indexOf(`<${name}>`), xml.lastIndexOf(`</${name}>`)];
  return from < 0 || to < from ? undefined : xml.slice(from + name.length + 2, to);
}

/** The five entities of XML and numeric references; a section of character data as it is. */
function unescapeXml(text: string): string {
  const data = /^\s*<!\[CDATA\[([\s\S]*)\]\]>\s*$/.exec(text)?.[1];
  if (data !== undefined) return data;
  const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(lt|gt|quot|apos|amp));/gi, (_all, hex?: string, decimal?: string, name?: string) =>
    name === undefined ? String.fromCodePoint(Number.parseInt(hex ?? decimal!, hex === undefined ? 10 : 16)) : named[name.toLowerCase()]!,
  );
}
