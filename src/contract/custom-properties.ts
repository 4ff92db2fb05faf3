// The `firn.*` custom properties by the place they belong to: unknown names are errors with a suggestion, names at a wrong place
// say where they belong, and what this version does not do is refused, never ignored (promise 9).
import { type Place, quoted, type Report, refuse, warn } from './findings.ts';
import { type DocNode, itemsOf, member, textOf } from './nodes.ts';
import { suggestion } from './suggest.ts';

export type CustomPlace = 'root' | 'schema' | 'property' | 'rule' | 'elsewhere';

const PLACES: Readonly<Record<string, readonly CustomPlace[]>> = {
  'firn.source': ['root'],
  'firn.table': ['root', 'schema'],
  'firn.route': ['schema'],
  'firn.unrouted': ['schema'],
  'firn.variants': ['schema'],
  'firn.eventTime': ['schema'],
  'firn.filter': ['schema'],
  'firn.undeclared': ['schema'],
  'firn.evolve': ['schema'],
  'firn.selfcheck': ['schema'],
  'firn.path': ['property'],
  'firn.clean': ['property'],
  'firn.derive': ['property'],
  'firn.lookup': ['property'],
  'firn.onFailure': ['property', 'rule'],
  'firn.mode': ['rule'],
};
const UNSUPPORTED = new Set(['firn.derive', 'firn.lookup']);
const PLACE_WORDS: Readonly<Record<CustomPlace, string>> = {
  root: 'the root of the contract',
  schema: 'a schema object',
  property: 'a property',
  rule: 'a quality rule',
  elsewhere: 'this place',
};

/** The values of the `firn.*` properties of a node, by name. */
export function firnProperties(report: Report, owner: DocNode, place: CustomPlace): ReadonlyMap<string, DocNode> {
  const found = new Map<string, DocNode>();
  for (const item of itemsOf(member(owner, 'customProperties'))) {
    const nameNode = member(item, 'property');
    const name = textOf(nameNode);
    if (!nameNode || name === undefined) continue;
    if (!name.startsWith('firn.')) {
      if (/^firn/i.test(name)) unknownName(report, nameNode, name);
      continue;
    }
    const value = member(item, 'value');
    if (!isAllowed(report, nameNode, { name, place }) || !value) continue;
    if (found.has(name)) refuse(report, nameNode, { rule: 'firn-name', message: `${name} is there twice` });
    else found.set(name, value);
  }
  const evolve = found.get('firn.evolve');
  if (evolve) warn(report, evolve, { rule: 'unsupported', message: 'firn.evolve has no effect without a schema registry' });
  return found;
}

/** Looks for `firn.*` names where none belong: servers, teams, roles, SLA … */
export function checkElsewhere(report: Report, root: DocNode): void {
  for (const key of ['description', 'servers', 'support', 'team', 'roles', 'slaProperties']) {
    const node = member(root, key);
    for (const owner of node?.kind === 'list' ? node.items : node ? [node] : []) firnProperties(report, owner, 'elsewhere');
  }
}

function isAllowed(report: Report, at: Place, property: { readonly name: string; readonly place: CustomPlace }): boolean {
  const { name, place } = property;
  const places = Object.hasOwn(PLACES, name) ? PLACES[name]! : undefined;
  if (!places) {
    unknownName(report, at, name);
    return false;
  }
  if (!places.includes(place)) {
    const message = `${name} does not belong to ${PLACE_WORDS[place]}`;
    refuse(report, at, { rule: 'firn-place', message, remedy: `put it on ${places.map((known) => PLACE_WORDS[known]).join(' or ')}` });
    return false;
  }
  if (!UNSUPPORTED.has(name)) return true;
  refuse(report, at, { rule: 'unsupported', message: `${name} is not supported by this version`, remedy: 'remove it' });
  return false;
}

function unknownName(report: Report, at: Place, name: string): void {
  refuse(report, at, { rule: 'firn-name', message: `unknown name ${quoted(name)}`, remedy: suggestion(name, Object.keys(PLACES)) });
}
