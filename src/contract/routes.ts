// Several schema objects of one contract (`firn.route`, `firn.unrouted`): which of its records become rows of which table.
import type { CompiledTable } from './compiled.ts';
import { firnProperties } from './custom-properties.ts';
import { quoted, type Report, refuse } from './findings.ts';
import { LIMITS } from './limits.ts';
import { type DocNode, needWord } from './nodes.ts';

/** What happens to records of no table; undefined when no schema object says so. */
export function readUnrouted(report: Report, objects: readonly DocNode[]): 'quarantine' | 'filter' | undefined {
  let found: 'quarantine' | 'filter' | undefined;
  for (const node of objects) {
    // The properties' names and places are checked where the object is compiled.
    const value = firnProperties({ ...report, findings: [] }, node, 'schema').get('firn.unrouted');
    const word = value && needWord(report, value, { what: 'firn.unrouted', words: ['quarantine', 'filter'] as const });
    if (value && found !== undefined && word !== found) {
      refuse(report, value, {
        rule: 'firn-place',
        message: 'firn.unrouted is said twice, differently',
        remedy: 'say it on one schema object',
      });
    }
    found ??= word;
  }
  return found;
}

/** Tables of one contract have different names, and none stands behind one that takes every record. */
export function checkRoutes(report: Report, objects: readonly DocNode[], tables: readonly (CompiledTable | undefined)[]): void {
  if (objects.length > LIMITS.tablesMax) {
    refuse(report, objects[LIMITS.tablesMax]!, {
      rule: 'schema',
      message: `expected at most ${LIMITS.tablesMax} schema objects, got more`,
    });
  }
  const names = new Set<string>();
  for (const [i, table] of tables.entries()) {
    if (!table) continue;
    const name = `${table.identifier.namespace}.${table.identifier.name}`;
    if (names.has(name)) {
      refuse(report, objects[i]!, {
        rule: 'schema',
        message: `two schema objects are the table ${quoted(name)}`,
        remedy: 'give each its own name, or a firn.table of its own',
      });
    }
    names.add(name);
    if (table.route === undefined && i < tables.length - 1) {
      refuse(report, objects[i]!, {
        rule: 'route',
        message: 'it has no firn.route, so no record reaches the schema objects behind it',
        remedy: 'give it a firn.route, or put it last',
      });
    }
  }
}
