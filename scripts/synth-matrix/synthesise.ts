// One deployment of the matrix → its templates on disk, with what was found about them: the CDK's own CloudFormation validation and the
// rule pack fail the synthesis by themselves; secrets and look-ups are looked for here.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildApp } from '../../infra/build-app.ts';
import type { FunctionCode } from '../../infra/constructs/firn-pipeline.ts';
import type { CompiledContract } from '../../src/contract/compiled.ts';
import { findSecrets } from '../secrets/find-secrets.ts';
import type { MatrixEntry } from './configurations.ts';

export interface Synthesised {
  readonly name: string;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly resources: number;
  /** The largest template; CloudFormation takes a million. */
  readonly templateBytes: number;
  readonly templates: readonly string[];
  readonly problems: readonly string[];
}

export interface SynthesiseOptions {
  readonly contracts: readonly CompiledContract[];
  readonly code: FunctionCode;
  readonly outdir: string;
  /** The CDK's validation of every template against CloudFormation's schemas: most of the time. */
  readonly isValidated: boolean;
}

export async function synthesise({ name, config }: MatrixEntry, options: SynthesiseOptions): Promise<Synthesised> {
  const [wall, cpu] = [process.hrtime.bigint(), process.cpuUsage()];
  const problems: string[] = [];
  try {
    const { contracts, code, outdir, isValidated } = options;
    buildApp({ config, contracts, code, app: { outdir, builtinCloudFormationValidation: isValidated } }).app.synth();
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  const { user, system } = process.cpuUsage(cpu);
  const seconds = Number(process.hrtime.bigint() - wall) / 1e9;
  const found = problems.length > 0 ? { resources: 0, templateBytes: 0, templates: [] } : await lookAt(options.outdir, problems);
  return { name, seconds, cpuSeconds: (user + system) / 1e6, problems, ...found };
}

/** What the templates say, and whether any of them asks for a look-up or gives a secret away. */
async function lookAt(outdir: string, problems: string[]): Promise<Pick<Synthesised, 'resources' | 'templateBytes' | 'templates'>> {
  const { missing } = JSON.parse(readFileSync(join(outdir, 'manifest.json'), 'utf8')) as { readonly missing?: readonly unknown[] };
  if ((missing ?? []).length > 0) problems.push(`asks for ${missing!.length} look-ups`);
  const templates = readdirSync(outdir)
    .filter((file) => file.endsWith('.template.json'))
    .map((file) => join(outdir, file));
  let [resources, templateBytes] = [0, 0];
  for (const template of templates) {
    const text = readFileSync(template, 'utf8');
    resources += Object.keys((JSON.parse(text) as { Resources: object }).Resources).length;
    templateBytes = Math.max(templateBytes, Buffer.byteLength(text));
    for (const { line, rule } of await findSecrets(template, text)) problems.push(`${template}:${line} ${rule}: a secret`);
  }
  return { resources, templateBytes, templates };
}
