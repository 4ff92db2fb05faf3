// Generations of a source, `<source name>/<topic>/<generation>` (DESIGN §5.2): topics behind one another under one name, the later made again or
// mirrored from the earlier. Pure.
import type { LedgerState, SourceState } from './state.ts';

/** Known sources of the same name and topic with a smaller generation that cover something, oldest first. */
export function olderGenerations(state: LedgerState, sourceId: string): SourceState[] {
  const { name, generation } = splitGeneration(sourceId);
  return landedGenerations(state, name).flatMap((one) => (one.generation < generation ? [one.source] : []));
}

/** The same with a larger one. */
export function newerGenerations(state: LedgerState, sourceId: string): SourceState[] {
  const { name, generation } = splitGeneration(sourceId);
  return landedGenerations(state, name).flatMap((one) => (one.generation > generation ? [one.source] : []));
}

/** Newer generations that were compared with older ones and cover nothing yet. */
export function emptyNewerGenerations(state: LedgerState, sourceId: string): SourceState[] {
  const empty = [...state.sources.values()].filter(({ isMapped, partitions }) => isMapped && partitions.size === 0);
  if (empty.length === 0) return empty;
  const { name, generation } = splitGeneration(sourceId);
  return empty.filter((one) => {
    const newer = splitGeneration(one.sourceId);
    return newer.name === name && newer.generation > generation;
  });
}

function landedGenerations(state: LedgerState, name: string): { readonly source: SourceState; readonly generation: number }[] {
  return [...state.sources.values()]
    .map((source) => ({ source, ...splitGeneration(source.sourceId) }))
    .filter((one) => one.name === name && one.source.partitions.size > 0)
    .sort((a, b) => a.generation - b.generation);
}

function splitGeneration(sourceId: string): { readonly name: string; readonly generation: number } {
  const at = sourceId.lastIndexOf('/');
  const generation = sourceId.slice(at + 1);
  return /^\d{1,9}$/.test(generation) ? { name: sourceId.slice(0, at), generation: Number(generation) } : { name: sourceId, generation: 0 };
}
