// What a new deployment does to data and positions, compared with the one that is there. Nothing is looked up: both are records. An
// effect is `refused` when something acknowledged, stored or still to be read would be lost or counted twice; `attention` when
// somebody may rely on what changes; `fine` otherwise. Upholds promises 1, 2 and 9 at the moment they are easiest to break.
import { compareContracts } from './compatibility.ts';
import type { CompiledContract } from './compiled.ts';
import type { Deployment } from './deployment.ts';
import { type Effect, sortEffects } from './deployment-effect.ts';
import { compareDeployedSources } from './deployment-sources.ts';
import { quarantineIdentifier, tableKey } from './names.ts';

/** All effects, the worst first, then by what they are about. */
export function compareDeployments(old: Deployment, next: Deployment): readonly Effect[] {
  const before = new Map(old.contracts.map((contract) => [contract.name, contract]));
  const after = new Map(next.contracts.map((contract) => [contract.name, contract]));
  const effects: Effect[] = [...compareWhole(old, next), ...compareOwners(before, after)];
  for (const [name, contract] of before) {
    const now = after.get(name);
    if (now === undefined) effects.push(removed(contract));
    else effects.push(...compareDeployedSources(old, next, { before: contract, after: now }), ...compareRules(contract, now));
  }
  for (const [name, contract] of after) if (!before.has(name)) effects.push(added(contract));
  return sortEffects(effects);
}

function compareWhole(old: Deployment, next: Deployment): readonly Effect[] {
  const effects: Effect[] = [];
  if (old.environment !== next.environment)
    effects.push({
      severity: 'refused',
      rule: 'environment-changed',
      about: next.environment,
      message: `the environment ${old.environment} is now ${next.environment}: every consumer group, function and alarm is another, and reading begins anew`,
      remedy: 'deploy another environment beside this one',
    });
  if (old.encryption === 'customer' && next.encryption === 'aws')
    effects.push({
      severity: 'refused',
      rule: 'key-removed',
      about: 'encryption',
      message: 'the functions could no longer read what is encrypted with the customer’s key',
      remedy: "keep encryption: 'customer'",
    });
  if (old.encryption === 'aws' && next.encryption === 'customer')
    effects.push({
      severity: 'attention',
      rule: 'key-added',
      about: 'encryption',
      message: 'new objects are encrypted with the customer’s key, those that are there keep their encryption; readers need kms:Decrypt',
    });
  return effects;
}

/** A table belongs to one contract for life: its ledger is the only one that may commit to it. */
function compareOwners(before: ReadonlyMap<string, CompiledContract>, after: ReadonlyMap<string, CompiledContract>): readonly Effect[] {
  const owners = new Map(
    [...before.values()].flatMap(({ name, tables }) => tables.map((table) => [tableKey(table.identifier), name] as const)),
  );
  return [...after.values()].flatMap(({ name, tables }) =>
    tables.flatMap(({ identifier }): Effect[] => {
      const table = tableKey(identifier);
      const owner = owners.get(table);
      if (owner === undefined || owner === name) return [];
      return [
        {
          severity: 'refused',
          rule: 'owner-changed',
          about: table,
          message: `the table belongs to the contract ${owner}, whose ledger ${name} does not have: its landings would be refused`,
          remedy: `keep the contract’s name ${owner}, or give the table of ${name} another name`,
        },
      ];
    }),
  );
}

function removed(contract: CompiledContract): Effect {
  const { name, tables } = contract;
  const kept = tables.flatMap(({ identifier }) => [tableKey(identifier), tableKey(quarantineIdentifier(identifier))]);
  return {
    severity: 'attention',
    rule: 'contract-removed',
    about: name,
    message:
      `its functions and event sources go; ${kept.join(', ')} and the ledger under _firn/${name}/ stay, with their positions. What is staged ` +
      'and not yet committed stays staged',
    remedy: 'look at its audit first; the contract may come back as it was and goes on where it ended',
  };
}

function added(contract: CompiledContract): Effect {
  const topics = contract.sources.map(({ topic }) => topic).join(', ');
  return {
    severity: 'fine',
    rule: 'contract-added',
    about: contract.name,
    message: `lands ${topics} from the beginning into ${contract.tables.map(({ identifier }) => tableKey(identifier)).join(', ')}`,
  };
}

/** Rules of contracts and layout of tables; sources are compared above, in a deployment's words. */
function compareRules(before: CompiledContract, after: CompiledContract): readonly Effect[] {
  const ofSources = new Set([
    'source-removed',
    'source-added',
    'topic-changed',
    'generation',
    'generation-back',
    'cluster-changed',
    'contract-renamed',
  ]);
  return compareContracts(before, after)
    .filter(({ rule }) => !ofSources.has(rule))
    .map((change): Effect => {
      const about = [after.name, change.path].filter((part) => part !== '').join(' ');
      const splits = change.rule === 'table-renamed' || change.rule === 'table-removed';
      const severity = splits || change.breaks === 'table' ? 'refused' : change.verdict === 'breaking' ? 'attention' : 'fine';
      const words = { severity, rule: change.rule, about } as const;
      if (change.rule === 'table-renamed')
        return {
          ...words,
          message: `${change.message}: the rows that are there stay in the old one`,
          remedy: 'keep the name, or begin a contract of another name',
        };
      if (change.verdict === 'breaking' && change.breaks !== 'table')
        return { ...words, message: `${change.message} (breaking for ${change.breaks})` };
      return { ...words, message: change.message };
    });
}
