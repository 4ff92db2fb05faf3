// What CloudFormation says of the deployed stacks: their templates as they were sent, and what became of each logical id. Asked in its
// own protocol (AWS Query, XML), for which no client is installed. For the emulator: it reads the service from the signature's scope
// and checks nothing else of it.

export interface DeployedStack {
  readonly name: string;
  readonly resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>>;
  /** Physical id by logical id. */
  readonly physical: ReadonlyMap<string, string>;
}

/** The stacks whose names begin so, as they are now. */
export async function deployedStacks(endpoint: string, prefix: string): Promise<readonly DeployedStack[]> {
  const listed = await ask(endpoint, { Action: 'ListStacks' });
  const names = members(listed)
    .filter((stack) => !(element(stack, 'StackStatus') ?? '').startsWith('DELETE'))
    .map((stack) => element(stack, 'StackName') ?? '')
    .filter((name) => name.startsWith(prefix));
  return Promise.all([...new Set(names)].sort().map((name) => deployedStack(endpoint, name)));
}

async function deployedStack(endpoint: string, name: string): Promise<DeployedStack> {
  const body = element(await ask(endpoint, { Action: 'GetTemplate', StackName: name }), 'TemplateBody');
  if (body === undefined) throw new Error(`stack ${name} has no template`);
  const described = await ask(endpoint, { Action: 'DescribeStackResources', StackName: name });
  const physical = members(described).flatMap((resource): (readonly [string, string])[] => {
    const [logicalId, physicalId] = [element(resource, 'LogicalResourceId'), element(resource, 'PhysicalResourceId')];
    return logicalId === undefined || physicalId === undefined ? [] : [[logicalId, physicalId]];
  });
  // A stack that is only about to be made has a template of nothing.
  const { Resources } = JSON.parse(body) as { readonly Resources?: DeployedStack['resources'] };
  return { name, resources: Resources ?? {}, physical: new Map(physical) };
}

/** A template's value with its references resolved; what is neither a plain value nor a reference is refused. */
export function resolved(stack: Pick<DeployedStack, 'physical'>, value: unknown): string {
  if (typeof value === 'string') return value;
  const reference =
    (value as { readonly Ref?: unknown } | null)?.Ref ??
    (value as { readonly 'Fn::GetAtt'?: readonly unknown[] } | null)?.['Fn::GetAtt']?.[0];
  const physical = typeof reference === 'string' ? stack.physical.get(reference) : undefined;
  if (physical === undefined)
    throw new Error(`expected a text or a reference to a resource of the stack, got ${JSON.stringify(value).slice(0, 200)}`);
  return physical;
}

async function ask(endpoint: string, parameters: Readonly<Record<string, string>>): Promise<string> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cloudformation/aws4_request, SignedHeaders=host, Signature=none',
    },
    body: new URLSearchParams({ Version: '2010-05-15', ...parameters }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`CloudFormation ${parameters['Action']}: ${response.status} ${text.slice(0, 300)}`);
  return text;
}

/** The `<member>` elements of an answer; none of those asked for here has another inside. */
function members(xml: string): readonly string[] {
  return [...xml.matchAll(/<member>(.*?)<\/member>/gs)].map((match) => match[1]!);
}

function element(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(xml)?.[1];
  return text?.replaceAll(/&(lt|gt|quot|apos|amp|#\d+|#x[0-9a-fA-F]+);/g, (_whole, entity: string) => characterOf(entity));
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function characterOf(entity: string): string {
  if (!entity.startsWith('#')) return ENTITIES[entity]!;
  return String.fromCodePoint(entity.startsWith('#x') ? Number.parseInt(entity.slice(2), 16) : Number(entity.slice(1)));
}
