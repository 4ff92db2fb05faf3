// What a new version of a contract changes for those who read the table, those who write the topic, and the table itself. A change is
// breaking when somebody who relied on the old contract can fail: consumers by a column that is gone, of another type or suddenly
// null; producers by a record that was accepted and now is not; the table by a change Iceberg has no evolution for.
import { breaking, type Change, comparePolicy, compatible, rejects, same } from './change.ts';
import { compareColumns } from './compatibility-columns.ts';
import type { CompiledContract, CompiledTable, SourcePlan } from './compiled.ts';

/** All changes from `old` to `next`, breaking ones first. Empty when nothing but words changed. */
export function compareContracts(old: CompiledContract, next: CompiledContract): readonly Change[] {
  const changes: Change[] = [];
  if (old.name !== next.name)
    changes.push(
      breaking('consumers', {
        rule: 'contract-renamed',
        path: '',
        message: `the contract ${old.name} is now ${next.name}: its ledger starts anew`,
      }),
    );
  changes.push(...compareSources(old.sources, next.sources));
  changes.push(...compareAllTables(old.tables, next.tables));
  const isBreaking = changes.some((change) => change.verdict === 'breaking');
  changes.push(...compareVersions(old, next, isBreaking));
  return changes.sort((a, b) => Number(b.verdict === 'breaking') - Number(a.verdict === 'breaking'));
}

/** Tables by their schema object; of contracts with one table each that table, whatever it is called now. */
function compareAllTables(old: readonly CompiledTable[], next: readonly CompiledTable[]): readonly Change[] {
  if (old.length === 1 && next.length === 1) return compareTables(old[0]!, next[0]!);
  return old.flatMap((before) => {
    const after = next.find((table) => table.schemaObject === before.schemaObject);
    if (after) return compareTables(before, after);
    const message = `the table ${before.identifier.namespace}.${before.identifier.name} gets no more rows`;
    return [breaking('consumers', { rule: 'table-removed', path: before.schemaObject, message })];
  });
}

function compareVersions(old: CompiledContract, next: CompiledContract, isBreaking: boolean): readonly Change[] {
  const [before, after] = [parts(old.version), parts(next.version)];
  const order = before.map((part, i) => after[i]! - part).find((difference) => difference !== 0) ?? 0;
  const words = { rule: 'version', path: 'version' };
  if (order < 0) return [breaking('consumers', { ...words, message: `the version goes back from ${old.version} to ${next.version}` })];
  if (isBreaking && after[0] === before[0])
    return [
      breaking('consumers', { ...words, message: `a breaking change needs a new major version, got ${old.version} → ${next.version}` }),
    ];
  if (order === 0 && old.programHash !== next.programHash)
    return [breaking('consumers', { ...words, message: `the contract changed under the same version ${next.version}` })];
  return [];
}

function parts(version: string): readonly number[] {
  return version.split('.').map(Number);
}

function compareSources(old: readonly SourcePlan[], next: readonly SourcePlan[]): readonly Change[] {
  const changes: Change[] = [];
  const after = new Map(next.map((source) => [source.name, source]));
  for (const source of old) {
    const now = after.get(source.name);
    after.delete(source.name);
    const path = `firn.source.${source.name}`;
    if (!now)
      changes.push(
        breaking('producers', {
          rule: 'source-removed',
          path,
          message: `the source ${source.name} (topic ${source.topic}) is no longer read`,
        }),
      );
    else if (now.topic !== source.topic)
      changes.push(
        breaking('producers', {
          rule: 'topic-changed',
          path,
          message: `the topic ${source.topic} is now ${now.topic}: offsets start anew`,
        }),
      );
    else if (now.generation < source.generation)
      changes.push(
        breaking('table', {
          rule: 'generation-back',
          path,
          message: `the generation goes back from ${source.generation} to ${now.generation}`,
        }),
      );
    else if (now.cluster !== source.cluster && now.generation === source.generation)
      changes.push(
        breaking('table', {
          rule: 'cluster-changed',
          path,
          message: `the cluster ${source.cluster ?? 'of the deployment'} is now ${now.cluster ?? 'the deployment’s'}: its offsets are others, raise generation`,
        }),
      );
    else if (now.generation > source.generation)
      changes.push(
        compatible({
          rule: 'generation',
          path,
          message: `generation ${source.generation} → ${now.generation}: the topic was created anew`,
        }),
      );
  }
  for (const source of after.values())
    changes.push(
      compatible({ rule: 'source-added', path: `firn.source.${source.name}`, message: `the topic ${source.topic} is read too` }),
    );
  return changes;
}

function compareTables(old: CompiledTable, next: CompiledTable): readonly Change[] {
  const changes: Change[] = [];
  const name = (table: CompiledTable): string => `${table.identifier.namespace}.${table.identifier.name}`;
  if (name(old) !== name(next))
    changes.push(
      breaking('consumers', { rule: 'table-renamed', path: 'firn.table', message: `the table ${name(old)} is now ${name(next)}` }),
    );
  changes.push(...compareColumns(old.program, next.program), ...compareLayout(old, next), ...compareProgram(old, next));
  return changes;
}

function compareLayout(old: CompiledTable, next: CompiledTable): readonly Change[] {
  const changes: Change[] = [];
  if (next.formatVersion < old.formatVersion)
    changes.push(
      breaking('table', {
        rule: 'format-version',
        path: 'firn.table.formatVersion',
        message: 'a table cannot go back to an older format version',
      }),
    );
  if (next.formatVersion > old.formatVersion)
    changes.push(
      breaking('consumers', {
        rule: 'format-version',
        path: 'firn.table.formatVersion',
        message: `engines that read only version ${old.formatVersion} cannot read the table any more`,
      }),
    );
  const words = (fields: readonly { readonly column: string; readonly transform: string }[]): string =>
    fields.map((field) => `${field.transform}(${field.column})`).join(', ') || 'nothing';
  if (!same(old.partition, next.partition))
    changes.push(
      compatible({
        rule: 'partition-changed',
        path: 'firn.table.partition',
        message: `partitioned by ${words(next.partition)}, was ${words(old.partition)}: new files only`,
      }),
    );
  if (!same(old.sort, next.sort))
    changes.push(
      compatible({
        rule: 'sort-changed',
        path: 'firn.table.sort',
        message: `sorted by ${words(next.sort)}, was ${words(old.sort)}: new files only`,
      }),
    );
  if (!same(old.properties, next.properties))
    changes.push(compatible({ rule: 'properties-changed', path: 'firn.table.properties', message: 'table properties differ' }));
  return changes;
}

function compareProgram(old: CompiledTable, next: CompiledTable): readonly Change[] {
  const [before, after] = [old.program, next.program];
  const changes: Change[] = [...compareRules(before.rules, after.rules)];
  const tightened = (path: string, message: string): number =>
    changes.push(breaking('producers', { rule: 'rule-tightened', path, message }));
  const loosened = (path: string, message: string): number => changes.push(compatible({ rule: 'rule-loosened', path, message }));
  if (!same(before.filter?.source, after.filter?.source)) tightened('firn.filter', 'other rows are dropped by declaration');
  if (after.maxBytes < before.maxBytes) tightened('maxBytes', `at most ${after.maxBytes} bytes, was ${before.maxBytes}`);
  if (after.maxBytes > before.maxBytes) loosened('maxBytes', `at most ${after.maxBytes} bytes, was ${before.maxBytes}`);
  if (before.tombstones !== after.tombstones)
    (after.tombstones === 'quarantine' ? tightened : loosened)('tombstones', `tombstones: ${after.tombstones}, was ${before.tombstones}`);
  if (before.undeclared !== after.undeclared)
    (after.undeclared === 'quarantine' ? tightened : loosened)(
      'firn.undeclared',
      `undeclared members: ${after.undeclared}, was ${before.undeclared}`,
    );
  changes.push(...compareEventTime(before.eventTime, after.eventTime));
  if (!same(before.variants, after.variants)) changes.push(...compareVariants(before.variants, after.variants));
  return changes;
}

/** A rule over the row: another text may reject what the old one let through; nobody can tell which way it goes. */
function compareRules(old: CompiledTable['program']['rules'], next: CompiledTable['program']['rules']): readonly Change[] {
  const changes: Change[] = [];
  const after = new Map(next.map((rule) => [rule.rule, rule]));
  for (const rule of old) {
    const now = after.get(rule.rule);
    after.delete(rule.rule);
    if (!now) changes.push(compatible({ rule: 'rule-loosened', path: rule.rule, message: `the rule ${rule.rule} is gone` }));
    else if (now.source !== rule.source)
      changes.push(
        ...(rejects(now)
          ? [breaking('producers', { rule: 'rule-changed', path: rule.rule, message: `the rule ${rule.rule} says something else` })]
          : [
              compatible({
                rule: 'rule-changed',
                path: rule.rule,
                message: `the rule ${rule.rule} says something else; it rejects nothing`,
              }),
            ]),
      );
    else changes.push(...comparePolicy(rule.rule, rule, now));
  }
  for (const rule of after.values()) {
    const words = { rule: 'rule-added', path: rule.rule, message: `the rule ${rule.rule} is new` };
    changes.push(rejects(rule) ? breaking('producers', words) : compatible({ ...words, message: `${words.message}; it rejects nothing` }));
  }
  return changes;
}

type EventTime = CompiledTable['program']['eventTime'];

function compareEventTime(old: EventTime, next: EventTime): readonly Change[] {
  const path = 'firn.eventTime';
  if (old?.column !== next?.column)
    return [
      breaking('consumers', {
        rule: 'event-time-changed',
        path,
        message: `the event time is ${next?.column ?? 'none'}, was ${old?.column ?? 'none'}: watermarks change their meaning`,
      }),
    ];
  if (!old || !next) return [];
  const bounds = (['maxAheadMs', 'maxBehindMs'] as const).map(
    (key) => [key, old[key] ?? Number.POSITIVE_INFINITY, next[key] ?? Number.POSITIVE_INFINITY] as const,
  );
  return bounds.flatMap(([key, before, after]) => {
    if (before === after) return [];
    const words = { path: `${path}.${key.slice(0, -2)}`, message: `${key.slice(0, -2)} is ${after} ms, was ${before} ms` };
    return [after < before ? breaking('producers', { ...words, rule: 'rule-tightened' }) : compatible({ ...words, rule: 'rule-loosened' })];
  });
}

function compareVariants(old: CompiledTable['program']['variants'], next: CompiledTable['program']['variants']): readonly Change[] {
  const names = (variants: typeof old): string => variants.map((variant) => variant.name).join(', ') || 'none';
  const path = 'firn.variants';
  const isPrefix = old.length > 0 && old.every((variant, i) => same(variant, next[i]));
  const words = { rule: 'variants-changed', path, message: `variants: ${names(next)}; were: ${names(old)}` };
  return [isPrefix ? compatible(words) : breaking('producers', words)];
}

export type { Change };
