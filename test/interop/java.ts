// Iceberg's own Java project for the suites: jars through Maven and two small programs compiled against them, made once in an ignored
// folder; Spark likewise through pip. Says plainly what is missing on the machine instead of skipping.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Checks } from './checks.ts';
import { INTEROP_HOME, REPOSITORY, run } from './processes.ts';

const HOME = join(INTEROP_HOME, 'java');
const SOURCES = join(REPOSITORY, 'test/interop/java');
const SPARK_HOME = join(INTEROP_HOME, 'spark');
const SPARK_VERSION = '4.0.1';
const SPARK_RUNTIME = 'org.apache.iceberg:iceberg-spark-runtime-4.0_2.13:1.11.0';

export const JAVA_CLASSPATH = `${HOME}/lib/*:${HOME}/classes`;
export const SPARK = {
  python: join(SPARK_HOME, 'bin/python'),
  get jars(): string {
    const sqlite = readdirSync(join(HOME, 'lib')).find((name) => name.startsWith('sqlite-jdbc-'))!;
    return [join(SPARK_HOME, 'iceberg-spark-runtime-4.0_2.13-1.11.0.jar'), join(HOME, 'lib', sqlite)].join(',');
  },
};

/** Java 17 or later and Maven; jars copied and programs compiled if they are not there or were made from other sources. */
export async function prepareJava(checks: Checks): Promise<boolean> {
  return checks.check('Java has Iceberg’s library, the REST server of its tests and the suites’ programs', () => {
    const pom = readFileSync(join(SOURCES, 'pom.xml'), 'utf8');
    const sources = readdirSync(join(SOURCES, 'src')).map((name) => join(SOURCES, 'src', name));
    made(join(HOME, 'lib'), pom, () => {
      const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
      const copied = run('mvn', [
        '-B',
        '-q',
        '-f',
        join(SOURCES, 'pom.xml'),
        goal,
        `-DoutputDirectory=${HOME}/lib`,
        '-DincludeScope=runtime',
      ]);
      if (copied.status !== 0)
        throw new Error(`Maven must be installed and reach a repository: ${copied.stdout.slice(-1500)}${copied.stderr.slice(-500)}`);
    });
    made(join(HOME, 'classes'), sources.map((path) => readFileSync(path, 'utf8')).join('\n'), () => {
      const compiled = run('javac', ['-nowarn', '-cp', `${HOME}/lib/*`, '-d', `${HOME}/classes`, ...sources]);
      if (compiled.status !== 0) throw new Error(`a JDK of version 17 or later must be installed: ${compiled.stderr.slice(-1500)}`);
    });
  });
}

/** PySpark and Iceberg's runtime for it; half a gigabyte, for the long run alone. */
export async function prepareSpark(checks: Checks): Promise<boolean> {
  return checks.check('Spark has Iceberg’s runtime', () => {
    made(SPARK_HOME, `${SPARK_VERSION} ${SPARK_RUNTIME}`, () => {
      const steps: [string, string[]][] = [
        ['python3', ['-m', 'venv', SPARK_HOME]],
        [SPARK.python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `pyspark==${SPARK_VERSION}`]],
        [
          'mvn',
          [
            '-B',
            '-q',
            'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy',
            `-Dartifact=${SPARK_RUNTIME}`,
            `-DoutputDirectory=${SPARK_HOME}`,
          ],
        ],
      ];
      for (const [command, args] of steps) {
        const { status, stdout, stderr } = run(command, args);
        if (status !== 0) throw new Error(`${command} failed: ${stdout.slice(-1000)}${stderr.slice(-1000)}`);
      }
    });
  });
}

/** Makes a folder unless it was made from the same. */
function made(folder: string, from: string, make: () => void): void {
  const stamp = `${folder}.made-from`;
  if (existsSync(folder) && existsSync(stamp) && readFileSync(stamp, 'utf8') === from) return;
  mkdirSync(folder, { recursive: true });
  make();
  writeFileSync(stamp, from);
}
