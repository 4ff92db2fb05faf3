// Field ids of a contract with several schema objects: one file, paths prefixed with the object's name and '/', ids given from one
// counter, so that none is ever given twice. A contract of one object has no prefixes; when it gets a second object, the ids it had
// stay those of the first.
import type { FieldIdsFile } from './field-ids.ts';

/** The ids of one object, without its prefix; `lastId` as given so far. */
export function idsOfObject(
  file: FieldIdsFile | undefined,
  given: { readonly object: string; readonly isFirst: boolean; readonly lastId: number },
): FieldIdsFile {
  const prefix = `${given.object}/`;
  const all = Object.entries(file?.ids ?? {});
  const own = all.filter(([path]) => path.startsWith(prefix)).map(([path, id]) => [path.slice(prefix.length), id] as const);
  const bare = given.isFirst && own.length === 0 ? all.filter(([path]) => !path.includes('/')) : [];
  const removed = (file?.removed ?? []).flatMap(({ path, id }) => {
    if (path.startsWith(prefix)) return [{ path: path.slice(prefix.length), id }];
    return given.isFirst && !path.includes('/') ? [{ path, id }] : [];
  });
  return { version: 1, lastId: Math.max(given.lastId, file?.lastId ?? 0), ids: Object.fromEntries([...own, ...bare]), removed };
}

/** The file of all objects; of a single one the paths stay bare. */
export function joinIds(parts: readonly { readonly object: string; readonly ids: FieldIdsFile }[]): FieldIdsFile {
  if (parts.length === 1) return parts[0]!.ids;
  const named = (object: string, path: string): string => `${object}/${path}`;
  const ids = parts.flatMap(({ object, ids: own }) => Object.entries(own.ids).map(([path, id]) => [named(object, path), id] as const));
  const removed = parts.flatMap(({ object, ids: own }) => own.removed.map(({ path, id }) => ({ path: named(object, path), id })));
  return {
    version: 1,
    lastId: Math.max(...parts.map(({ ids: own }) => own.lastId)),
    ids: Object.fromEntries(ids.sort((a, b) => a[1] - b[1])),
    removed: removed.sort((a, b) => a.id - b.id),
  };
}
