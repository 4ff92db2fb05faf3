// Removes a rule from the real code while it is loaded: one anchored piece of a source file is replaced by another. The product has
// no switch for it. An anchor that does not occur exactly once fails loudly: the bug would not be planted.
import { registerHooks } from 'node:module';
import type { Edit, PlantedBug } from './bugs.ts';

/** Plants a bug in this thread, for every module loaded from now on. */
export function plant(bug: PlantedBug): void {
  const { edits } = bug;
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const wanted = edits.filter(({ file }) => url.endsWith(`/${file}`));
      if (wanted.length === 0 || loaded.source === undefined || loaded.source === null) return loaded;
      const source = typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString('utf8');
      return { ...loaded, source: wanted.reduce(applyEdit, source) };
    },
  });
}

/** The text with the anchored piece replaced. */
export function applyEdit(text: string, { file, find, replace }: Edit): string {
  const parts = text.split(find);
  if (parts.length !== 2)
    throw new Error(`the anchor of a planted bug occurs ${parts.length - 1} times in ${file}, expected once: ${find}`);
  return parts.join(replace);
}
