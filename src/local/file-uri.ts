// Local locations. Iceberg writes file locations literally: `file://` and then the path as it is, never percent-encoded. Java
// (Hadoop's Path), DuckDB and PyIceberg (urlparse without unquote) all read them so; a `%20` would be looked for as three
// characters. PyIceberg cuts a location at `#` and `?`, so a warehouse under such a path is refused.
import { CommitRefusedError, InputRefusedError } from '../errors.ts';
import type { Uri } from '../ports.ts';

/** The path a location names. Takes `file:///p`, `file:/p` (Spark) and `/p` (Java), as other writers spell them. */
export function pathOfUri(uri: Uri): string {
  const path = uri.startsWith('file://') ? uri.slice('file://'.length) : uri.startsWith('file:/') ? uri.slice('file:'.length) : uri;
  if (path.startsWith('/') && !path.includes('\0')) return path;
  throw new CommitRefusedError(`not a local location: expected file:///<absolute path>, got ${printable(uri)}`, {
    code: 'not-a-local-uri',
    details: { uri },
  });
}

/** The location of an absolute path, in the spelling that Firn writes. */
export function uriOfPath(path: string): Uri {
  return `file://${path}`;
}

/** The path a new object may have: no empty, `.` or `..` segment, so that one object has one name, as on S3. */
export function newObjectPath(uri: Uri): string {
  const path = pathOfUri(uri);
  const segments = path.slice(1).split('/');
  if (segments.every((segment) => segment !== '' && segment !== '.' && segment !== '..')) return path;
  throw new CommitRefusedError(`cannot create ${printable(uri)}: expected a path without empty, "." or ".." segments`, {
    code: 'ambiguous-uri',
    details: { uri },
  });
}

/** Refuses a warehouse directory whose tables some readers could not open. */
export function assertReadableEverywhere(path: string): void {
  const bad = /[#?\u0000-\u001f\u007f]/.exec(path)?.[0];
  if (bad === undefined) return;
  throw new InputRefusedError(
    `cannot keep a warehouse in ${printable(path)}: its path has ${JSON.stringify(bad)}, where PyIceberg cuts a location; use a directory without # ? and control characters`,
    { code: 'unreadable-warehouse-path', details: { file: path } },
  );
}

function printable(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
