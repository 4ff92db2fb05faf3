// `firn.eventTime`: which column is the event time and how far it may be from the Kafka timestamp. Without it, the timestamp that
// the standard marks `partitioned: true` is the event time, without bounds.

import type { ColumnDraft } from './column-draft.ts';
import type { RulePolicy, TableProgram } from './compiled.ts';
import { parseDurationMs } from './durations.ts';
import { quoted, type Report, refuse } from './findings.ts';
import { checkKeys, type DocNode, describeNode, isNull, member, needMap, needText, textOf } from './nodes.ts';
import { findColumn, primitiveColumns } from './plans.ts';
import { suggestion } from './suggest.ts';
import type { StructType } from './types.ts';

const KEYS = ['column', 'maxAhead', 'maxBehind'] as const;

/** The event time of a table, or undefined when it has none. `struct` holds the contract's own columns. */
export function readEventTime(
  report: Report,
  options: {
    readonly node: DocNode | undefined;
    readonly owner: DocNode;
    readonly drafts: readonly ColumnDraft[];
    readonly struct: StructType;
  },
): TableProgram['eventTime'] {
  const { node, struct } = options;
  const map = node && needMap(report, node, 'firn.eventTime');
  if (map) checkKeys(report, map, { what: 'firn.eventTime', keys: KEYS });
  const columnNode = member(map, 'column');
  const column = columnNode ? needText(report, columnNode, 'column') : defaultColumn(report, options);
  if (column === undefined) {
    if (map && !columnNode)
      refuse(report, map, {
        rule: 'event-time',
        message: "expected 'column' in firn.eventTime, got none",
        remedy: 'name it, or mark a timestamp partitioned: true',
      });
    return undefined;
  }
  const found = findColumn(struct, column);
  if (!found) {
    const remedy = suggestion(column, primitiveColumns(struct));
    return refuse(report, columnNode ?? options.owner, { rule: 'event-time', message: `unknown column ${quoted(column)}`, remedy });
  }
  if (typeof found.field.type !== 'string' || !/^(date|timestamp)/.test(found.field.type)) {
    return refuse(report, columnNode ?? options.owner, {
      rule: 'event-time',
      message: `expected a timestamp or a date, ${quoted(column)} is none`,
    });
  }
  return {
    column,
    slot: found.slot,
    maxAheadMs: readBound(report, member(map, 'maxAhead')),
    maxBehindMs: readBound(report, member(map, 'maxBehind')),
    ahead: policy('event-time-ahead'),
    behind: policy('event-time-behind'),
  };
}

function policy(rule: string): RulePolicy {
  return { rule, onFailure: 'quarantine', mode: 'enforce' };
}

function defaultColumn(report: Report, options: { readonly owner: DocNode; readonly drafts: readonly ColumnDraft[] }): string | undefined {
  const marked = options.drafts.filter(
    (draft) => draft.partitionPosition !== undefined && typeof draft.type === 'string' && draft.type.startsWith('timestamp'),
  );
  const [first, second] = marked;
  if (!first || !second) return first?.dotted;
  return refuse(report, second.node, {
    rule: 'event-time',
    message: `two timestamps are partitioned: '${first.dotted}' and '${second.dotted}'`,
    remedy: 'say which is the event time with firn.eventTime {column: …}',
  });
}

function readBound(report: Report, node: DocNode | undefined): number | null {
  if (!node || isNull(node)) return null;
  const ms = parseDurationMs(textOf(node) ?? '');
  if (ms !== undefined) return ms;
  refuse(report, node, {
    rule: 'event-time',
    message: `expected a duration, got ${describeNode(node)}`,
    remedy: 'like 10m, 30d or PT10M; null for no bound',
  });
  return null;
}
