// The REST server of Iceberg's own tests, started on a free port of 127.0.0.1 over a SQLite catalog, stopped through its standard input.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { JAVA_CLASSPATH } from './java.ts';

const READY_WITHIN_MS = 120_000;

export interface JavaRestServer {
  readonly uri: string;
  stop(): Promise<void>;
}

/** Both are made by the server: the file of the catalog, the folder of its tables. */
export async function startJavaRestServer(options: { readonly catalog: string; readonly warehouse: string }): Promise<JavaRestServer> {
  const args = ['-Xmx512m', '-cp', JAVA_CLASSPATH, 'Server', options.catalog, `file://${options.warehouse}`];
  const child: ChildProcess = spawn('java', args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  const port = await new Promise<string>((done, fail) => {
    const timer = setTimeout(() => fail(new Error('the REST server was not ready in time')), READY_WITHIN_MS);
    child.once('close', (code) => fail(new Error(`the REST server ended with ${code}`)));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (!line.startsWith('port ')) return;
      clearTimeout(timer);
      done(line.slice('port '.length));
    });
  });
  return {
    uri: `http://127.0.0.1:${port}`,
    stop: async () => {
      child.stdin!.end();
      const timer = setTimeout(() => child.kill('SIGTERM'), 10_000);
      await ended;
      clearTimeout(timer);
    },
  };
}
