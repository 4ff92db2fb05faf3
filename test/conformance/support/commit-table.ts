// A process that commits to one table until so many of its commits are committed; refused or unknown outcomes end it.
import type { TableIdentifier } from '../../../src/contract/compiled.ts';
import { makeSqlCatalog } from '../../../src/local/sql-catalog.ts';
import { childArgument } from './child.ts';

const { file, identifier, index, commits, startAtMs } = childArgument<{
  file: string;
  identifier: TableIdentifier;
  index: number;
  commits: number;
  startAtMs: number;
}>();
const catalog = makeSqlCatalog(file);
while (Date.now() < startAtMs);
const steps: { from: string; to: string }[] = [];
for (let attempt = 0; steps.length < commits; attempt++) {
  if (attempt > 10_000) throw new Error('no progress in 10,000 attempts');
  const base = await catalog.load(identifier);
  if (base === undefined) throw new Error('the table is gone');
  const to = `file:///metadata/${index}-${attempt}.metadata.json`;
  const outcome = await catalog.commit(base, to);
  if (outcome.kind === 'committed') steps.push({ from: base.metadataLocation, to });
  else if (outcome.kind !== 'conflict') throw outcome.cause;
}
process.stdout.write(JSON.stringify(steps));
