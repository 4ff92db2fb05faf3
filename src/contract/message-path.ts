// `firn.path`: where a value is in the message. A dotted path, or a JSON Pointer (RFC 6901) when it begins with `/`; the empty
// pointer is the value the path is relative to.
import type { MessagePath } from './compiled.ts';
import { quoted, type Report, refuse } from './findings.ts';
import { LIMITS } from './limits.ts';
import { type DocNode, describeNode, textOf } from './nodes.ts';

const PATHS_MAX = 16;

/** One path or a list of them; undefined after a finding. */
export function messagePaths(report: Report, node: DocNode): readonly MessagePath[] | undefined {
  const nodes = node.kind === 'list' ? node.items : [node];
  if (nodes.length === 0 || nodes.length > PATHS_MAX) {
    return refuse(report, node, { rule: 'path', message: `expected 1 to ${PATHS_MAX} paths, got ${nodes.length}` });
  }
  const paths = nodes.map((one) => pathOf(report, one));
  return paths.every((path) => path !== undefined) ? paths : undefined;
}

function pathOf(report: Report, node: DocNode): MessagePath | undefined {
  const text = textOf(node);
  if (text !== undefined) return parsePath(report, node, text);
  return refuse(report, node, { rule: 'path', message: `expected a path as text, got ${describeNode(node)}` });
}

/** Parses the text of one path. */
export function parsePath(report: Report, at: DocNode, text: string): MessagePath | undefined {
  if (text === '') return [];
  const isPointer = text.startsWith('/');
  const keys = isPointer ? text.slice(1).split('/') : text.split('.');
  if (keys.length > LIMITS.pathKeysMax) {
    return refuse(report, at, { rule: 'path', message: `expected a path of at most ${LIMITS.pathKeysMax} keys, got ${keys.length}` });
  }
  if (!isPointer) {
    if (keys.every((key) => key !== '')) return keys;
    return refuse(report, at, {
      rule: 'path',
      message: `the path ${quoted(text)} has an empty key`,
      remedy: 'a key with dots needs a JSON Pointer: /a.b',
    });
  }
  if (keys.some((key) => /~(?![01])/.test(key))) {
    return refuse(report, at, {
      rule: 'path',
      message: `the pointer ${quoted(text)} has a '~' that is neither ~0 nor ~1`,
      remedy: "write '~' as ~0 and '/' as ~1",
    });
  }
  return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}
