// YAML or JSON text → a small located tree. The only importer of `yaml`. Hostile text gives findings, within bounds (promise 10):
// aliases are expanded under a budget of nodes, depth is bounded, repeated keys are refused, and no key becomes a property of a
// JavaScript object (`__proto__` is text like any other).
import { type Alias, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type Scalar, type YAMLError } from 'yaml';
import { type Place, type Problem, quoted, type Report, refuse } from './findings.ts';
import { LIMITS } from './limits.ts';

export type ScalarValue = null | boolean | number | bigint | string;

export interface ScalarNode extends Place {
  readonly kind: 'scalar';
  /** Integers are bigint, so that no digit is lost. */
  readonly value: ScalarValue;
  /** The text of a number as written. */
  readonly source: string;
}
export interface ListNode extends Place {
  readonly kind: 'list';
  readonly items: readonly DocNode[];
}
export interface MapEntry {
  readonly key: string;
  readonly keyPlace: Place;
  readonly value: DocNode;
}
export interface MapNode extends Place {
  readonly kind: 'map';
  readonly entries: readonly MapEntry[];
}
export type DocNode = ScalarNode | ListNode | MapNode;

/** Parses one document; undefined (with findings) when it cannot be read at all. */
export function readDocument(text: string, report: Report): DocNode | undefined {
  const top: Place = { line: 1, column: 1, path: '' };
  const bytes = Buffer.byteLength(text);
  if (bytes > LIMITS.contractBytesMax) {
    return refuse(report, top, { rule: 'too-large', message: `expected at most ${LIMITS.contractBytesMax} bytes, got ${bytes}` });
  }
  const lineCount = countLines(text);
  if (lineCount > LIMITS.contractLinesMax) {
    return refuse(report, top, { rule: 'too-large', message: `expected at most ${LIMITS.contractLinesMax} lines, got ${lineCount}` });
  }
  if (!checkCharacters(text, report)) return undefined;
  const lines = new LineCounter();
  const document = parse(text, lines, report);
  if (!document) return undefined;
  reportErrors(document.errors, lines, report);
  if (document.errors.length > 0) return undefined;
  if (!document.contents) return refuse(report, top, { rule: 'yaml', message: 'expected a document, got nothing' });
  const walk: Walk = { lines, report, anchors: new Map(), open: new Set(), nodes: 0, isOver: false };
  const root = convert(walk, document.contents as Node, { path: '', depth: 0 });
  return walk.isOver ? undefined : root;
}

function reportErrors(errors: readonly YAMLError[], lines: LineCounter, report: Report): void {
  const reported = new Set<number>();
  for (const error of errors) {
    const { line, col } = lines.linePos(error.pos[0]);
    // One slip gives several errors on its line; the first names it.
    if (reported.has(line)) continue;
    reported.add(line);
    refuse(report, { line, column: col, path: '' }, yamlProblem(error));
  }
}

function yamlProblem(error: YAMLError): Problem {
  if (error.code === 'MULTIPLE_DOCS') return { rule: 'yaml', message: 'expected one document, got several' };
  // The composer recurses per nesting level and reports an exhausted stack as an error of the document.
  if (/call stack/.test(error.message)) return TOO_DEEP;
  return { rule: 'yaml', message: `no valid YAML: ${firstLine(error.message)}` };
}

const TOO_DEEP: Problem = { rule: 'too-deep', message: `expected at most ${LIMITS.contractDepthMax} levels, got far more` };

function countLines(text: string): number {
  let lines = 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}

function parse(text: string, lines: LineCounter, report: Report) {
  try {
    return parseDocument(text, {
      version: '1.2',
      schema: 'core',
      merge: false,
      // Its own check is quadratic in the keys of a map; `convert` checks with a set.
      uniqueKeys: false,
      intAsBigInt: true,
      lineCounter: lines,
      prettyErrors: false,
      // With 'silent' a second document would pass unnoticed; nothing is printed by parseDocument itself.
      logLevel: 'error',
      resolveKnownTags: false,
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refuse(report, { line: 1, column: 1, path: '' }, TOO_DEEP);
  }
}

/** U+FFFD is what a decoder leaves where the bytes are no UTF-8; NUL and lone surrogates are in no honest contract. */
function checkCharacters(text: string, report: Report): boolean {
  const bad = /[\ufffd\u0000]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.exec(text);
  if (!bad) return true;
  const before = text.slice(0, bad.index);
  const line = before.split('\n').length;
  const place = { line, column: bad.index - before.lastIndexOf('\n'), path: '' };
  refuse(report, place, {
    rule: 'encoding',
    message: 'expected UTF-8 text, got a byte or character that is none',
    remedy: 'save the file as UTF-8',
  });
  return false;
}

interface Walk {
  readonly lines: LineCounter;
  readonly report: Report;
  readonly anchors: Map<string, Node>;
  /** Anchored nodes being converted: an alias to one of them is a cycle. */
  readonly open: Set<Node>;
  nodes: number;
  isOver: boolean;
}
interface Spot {
  readonly path: string;
  readonly depth: number;
}

function convert(walk: Walk, node: Node, spot: Spot): DocNode {
  const place = placeOf(walk, node, spot.path);
  const empty: ScalarNode = { ...place, kind: 'scalar', value: null, source: '' };
  if (walk.isOver) return empty;
  if (++walk.nodes > LIMITS.contractNodesMax)
    return stop(walk, place, 'too-large', `expected at most ${LIMITS.contractNodesMax} values (aliases expanded)`);
  if (spot.depth > LIMITS.contractDepthMax) return stop(walk, place, 'too-deep', `expected at most ${LIMITS.contractDepthMax} levels`);
  if (isAlias(node)) return convertAlias(walk, node, spot);
  const anchor = (node as { anchor?: string }).anchor;
  if (anchor !== undefined) walk.anchors.set(anchor, node);
  if (node.tag && !/^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/.test(node.tag)) {
    refuse(walk.report, place, { rule: 'yaml', message: `expected no tags, got ${quoted(node.tag)}` });
  }
  if (isScalar(node)) return convertScalar(node, place);
  walk.open.add(node);
  const converted = isSeq(node)
    ? convertList(walk, node.items as Node[], { place, spot })
    : isMap(node)
      ? convertMap(walk, node, { place, spot })
      : empty;
  walk.open.delete(node);
  return converted;
}

function stop(walk: Walk, place: Place, rule: string, message: string): DocNode {
  walk.isOver = true;
  refuse(walk.report, place, { rule, message });
  return { ...place, kind: 'scalar', value: null, source: '' };
}

function placeOf(walk: Walk, node: Node, path: string): Place {
  const { line, col } = walk.lines.linePos(node.range?.[0] ?? 0);
  return { line, column: col, path };
}

function convertAlias(walk: Walk, alias: Alias, spot: Spot): DocNode {
  const place = placeOf(walk, alias, spot.path);
  const target = walk.anchors.get(alias.source);
  if (!target) return stop(walk, place, 'yaml', `the alias ${quoted(alias.source)} has no anchor before it`);
  if (walk.open.has(target)) return stop(walk, place, 'yaml', `the alias ${quoted(alias.source)} contains itself`);
  return convert(walk, target, { path: spot.path, depth: spot.depth + 1 });
}

function convertScalar(node: Scalar, place: Place): ScalarNode {
  const value = node.value;
  const source = typeof node.source === 'string' ? node.source : String(value);
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string') {
    return { ...place, kind: 'scalar', value, source };
  }
  return { ...place, kind: 'scalar', value: null, source };
}

interface Here {
  readonly place: Place;
  readonly spot: Spot;
}

function convertList(walk: Walk, items: readonly Node[], here: Here): ListNode {
  const { place, spot } = here;
  const converted = items.map((item, i) => convert(walk, item, { path: `${spot.path}[${i}]`, depth: spot.depth + 1 }));
  return { ...place, kind: 'list', items: converted };
}

function convertMap(walk: Walk, node: { readonly items: readonly { key: unknown; value: unknown }[] }, here: Here): MapNode {
  const { place, spot } = here;
  const entries: MapEntry[] = [];
  const seen = new Set<string>();
  for (const pair of node.items) {
    if (walk.isOver) break;
    const keyNode = convert(walk, pair.key as Node, { path: spot.path, depth: spot.depth + 1 });
    if (keyNode.kind !== 'scalar') {
      refuse(walk.report, keyNode, { rule: 'yaml', message: 'expected text as a key, got a list or a map' });
      continue;
    }
    const key = typeof keyNode.value === 'string' ? keyNode.value : keyNode.source;
    const path = spot.path === '' ? key : `${spot.path}.${key}`;
    const keyPlace: Place = { line: keyNode.line, column: keyNode.column, path };
    if (seen.has(key)) refuse(walk.report, keyPlace, { rule: 'duplicate-key', message: `the key ${quoted(key)} is there twice` });
    seen.add(key);
    const value: DocNode = pair.value
      ? convert(walk, pair.value as Node, { path, depth: spot.depth + 1 })
      : { ...keyPlace, kind: 'scalar', value: null, source: '' };
    entries.push({ key, keyPlace, value });
  }
  return { ...place, kind: 'map', entries };
}

function firstLine(text: string): string {
  return text.split('\n')[0]!.slice(0, 200);
}
