// Contract text → compiled contract, or all that is wrong with it. Pure: the caller reads and writes files. Upholds promise 9: a
// contract that is not understood in every part is refused, never half applied.
import type { CompiledContract, CompiledTable } from './compiled.ts';
import { checkElsewhere, firnProperties } from './custom-properties.ts';
import { readDocument } from './document.ts';
import { checkFieldIds, type FieldIdsFile } from './field-ids.ts';
import { type Finding, hasErrors, newReport, quoted, type Report, refuse, sortedFindings } from './findings.ts';
import { type DocNode, itemsOf, member, textOf } from './nodes.ts';
import { programHash } from './program-hash.ts';
import { checkRoutes, readUnrouted } from './routes.ts';
import { readSources } from './source.ts';
import { idsOfObject, joinIds } from './split-ids.ts';
import { checkStandard } from './standard.ts';
import { compileTable, type TableInput, type TableOutput } from './table.ts';

export interface LoadOptions {
  /** Path of the contract, for messages; its stem (before `.odcs.yaml`) is the dataset's name. */
  readonly file: string;
  /** The content of `<dataset>.ids.json`; without it every column gets a new id. */
  readonly ids?: FieldIdsFile;
  /** May new columns be given ids (default)? With false, a column without one is an error: what runs never invents ids. */
  readonly assignIds?: boolean;
}

export type LoadResult =
  | {
      readonly ok: true;
      readonly contract: CompiledContract;
      readonly ids: FieldIdsFile;
      readonly idsChanged: boolean;
      readonly warnings: readonly Finding[];
    }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/**
 * Compiles the text of a contract, YAML or JSON. Never throws on account of the text; every problem is reported at once.
 * Cost: linear in the text, bounded by LIMITS.
 *
 * @example
 * const result = loadContract(text, { file: 'schemas/game/access-events.odcs.yaml', ids });
 * if (!result.ok) for (const { line, message } of result.findings) console.error(line, message);
 */
export function loadContract(text: string, options: LoadOptions): LoadResult {
  const report = newReport(options.file);
  if (options.ids) checkFieldIds(options.ids, report);
  const root = readDocument(text, report);
  const compiled = root && compile(report, root, options);
  if (!compiled || hasErrors(report)) return { ok: false, findings: sortedFindings(report) };
  return { ok: true, ...compiled, warnings: sortedFindings(report) };
}

function compile(report: Report, root: DocNode, options: LoadOptions) {
  if (!checkStandard(report, root)) return undefined;
  const rootFirn = firnProperties(report, root, 'root');
  checkElsewhere(report, root);
  const source = readSources(report, root, rootFirn.get('firn.source'));
  const dataset = datasetName(report, root, options.file);
  const version = contractVersion(report, root);
  const objects = itemsOf(member(root, 'schema'));
  if (objects.length === 0)
    refuse(report, member(root, 'schema') ?? root, { rule: 'schema', message: 'expected a schema object, got none' });
  const outputs = compileTables(report, { root, rootFirn, source, objects, options });
  checkRoutes(
    report,
    objects,
    outputs.map((output) => output?.table),
  );
  const unrouted = readUnrouted(report, objects);
  const complete = outputs.filter((output) => output !== undefined);
  const first = complete[0];
  if (!first || complete.length < objects.length || !source || dataset === undefined || version === undefined) return undefined;
  const tables: readonly CompiledTable[] = complete.map(({ table }) => table);
  const contract: CompiledContract = {
    name: `${first.table.identifier.namespace}.${dataset}`,
    urn: textOf(member(root, 'id')) ?? '',
    version,
    file: options.file,
    sources: source.sources,
    ...(unrouted ? { unrouted } : {}),
    tables,
    programHash: programHash(tables),
  };
  const ids = joinIds(complete.map(({ table, ids: own }) => ({ object: table.schemaObject, ids: own })));
  const isAnotherForm = complete.length > 1 && JSON.stringify(ids) !== JSON.stringify(options.ids);
  return { contract, ids, idsChanged: isAnotherForm || complete.some(({ idsChanged }) => idsChanged) };
}

/** Every schema object, as far as it goes; field ids are given one object after the other. */
function compileTables(
  report: Report,
  given: Pick<TableInput, 'root' | 'rootFirn' | 'source'> & { readonly objects: readonly DocNode[]; readonly options: LoadOptions },
): (TableOutput | undefined)[] {
  const { objects, options } = given;
  const isMany = objects.length > 1 || Object.keys(options.ids?.ids ?? {}).some((path) => path.includes('/'));
  let lastId = 0;
  return objects.map((node, i) => {
    const object = textOf(member(node, 'name')) ?? '';
    const ids = isMany && options.ids ? idsOfObject(options.ids, { object, isFirst: i === 0, lastId }) : options.ids;
    const known = isMany && !ids && lastId > 0 ? { version: 1 as const, lastId, ids: {}, removed: [] } : ids;
    const output = compileTable(report, { ...given, node, ids: known, assignIds: options.assignIds !== false });
    lastId = Math.max(lastId, output?.ids.lastId ?? 0);
    return output;
  });
}

/** `schemas/game/access-events.odcs.yaml` → `access-events`. */
export function datasetOf(file: string): string {
  return file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1).replace(/(\.odcs)?\.(ya?ml|json)$/i, '');
}

function datasetName(report: Report, root: DocNode, file: string): string | undefined {
  const dataset = datasetOf(file);
  if (/^[a-z0-9][a-z0-9_-]{0,99}$/.test(dataset)) return dataset;
  const remedy = 'lower case letters, digits, - and _, as in access-events.odcs.yaml';
  return refuse(
    report,
    { line: root.line, column: root.column, path: '' },
    { rule: 'file-name', message: `${quoted(dataset)} is no dataset name`, remedy },
  );
}

function contractVersion(report: Report, root: DocNode): string | undefined {
  const node = member(root, 'version');
  const text = textOf(node);
  if (!node || text === undefined) return undefined;
  if (/^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})$/.test(text)) return text;
  return refuse(report, node, {
    rule: 'version',
    message: `expected a semantic version, got ${quoted(text)}`,
    remedy: 'major.minor.patch, as in 2.1.0',
  });
}
