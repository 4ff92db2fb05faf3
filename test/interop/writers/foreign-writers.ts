// The other engines as writers and readers of one table: PyIceberg (with DuckDB as a reader beside it), Iceberg's Java library, Spark.
// Each is one process that stays; a command is data, translated to what the process reads.
import { join } from 'node:path';
import { JAVA_CLASSPATH, SPARK } from '../java.ts';
import { PYTHON, REPOSITORY } from '../processes.ts';
import { type LineProcess, lineProcess, type WriterAnswer } from './line-process.ts';

/** A catalog of files and SQLite in a directory, or a REST catalog at an address. */
export type CatalogPlace = { readonly kind: 'sql'; readonly warehouse: string } | { readonly kind: 'rest'; readonly uri: string };

export interface Command {
  readonly do: string;
  readonly count?: number;
  readonly from?: number;
  readonly name?: string;
  readonly [field: string]: string | number | undefined;
}

export interface ForeignWriter {
  readonly name: 'pyiceberg' | 'java' | 'spark';
  run(table: string, command: Command): Promise<WriterAnswer>;
  stop(): Promise<void>;
}

const script = (name: string) => join(REPOSITORY, 'test/interop/python', name);

export function startPyIceberg(place: CatalogPlace): ForeignWriter {
  const child = lineProcess(PYTHON, [script('pyiceberg_writer.py'), place.kind, place.kind === 'sql' ? place.warehouse : place.uri]);
  return writerOf('pyiceberg', child, (table, command) => JSON.stringify({ source: 'pyiceberg', ...command, table }));
}

export function startJava(place: CatalogPlace): ForeignWriter {
  const where = place.kind === 'sql' ? ['jdbc', `${place.warehouse}/catalog.db`, `file://${place.warehouse}`] : ['rest', place.uri];
  const child = lineProcess('java', ['-Xmx512m', '-cp', JAVA_CLASSPATH, 'Writer', ...where]);
  return writerOf('java', child, (table, { do: verb, ...fields }) => [verb, table, ...Object.values(fields)].join(' '));
}

/** Spark knows the SQLite catalog alone here. */
export function startSpark(warehouse: string): ForeignWriter {
  const child = lineProcess(SPARK.python, [script('spark_writer.py'), warehouse, SPARK.jars]);
  return writerOf('spark', child, (table, command) => JSON.stringify({ ...command, table }));
}

function writerOf(name: ForeignWriter['name'], child: LineProcess, lineOf: (table: string, command: Command) => string): ForeignWriter {
  return { name, run: (table, command) => child.ask(lineOf(table, command)), stop: () => child.stop() };
}
