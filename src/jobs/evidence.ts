// Trims a descriptor, and where remembered timestamps do not vouch for all that would be dropped reads rows for evidence (DESIGN §5.2:
// "checked against remembered timestamps, else stored rows"): first the delivery's own, then those that entries and tables hold at
// those offsets (stored-timestamps.ts); deleted rows are evidence as good as live ones.
import { InputRefusedError } from '../errors.ts';
import type { SourceRanges } from '../ledger/entries.ts';
import { countOffsets, intersectRanges, subtractRanges } from '../ledger/ranges.ts';
import { classedOf, deliveredOf } from '../ledger/state.ts';
import { type TrimEvidence, type TrimResult, trimDescriptor } from '../ledger/trim.ts';
import type { Descriptor } from '../ledger/types.ts';
import { hasArchived, restorePlaces } from './class-segments.ts';
import { OffsetMap, placeKey } from './offset-map.ts';
import { addTimestamps, collectStored, readTimestamps, type StoredRequest, type Timestamps } from './stored-timestamps.ts';

/** What the descriptor keeps, that it is covered, or that its source must be parked. */
export async function trimWithEvidence(
  request: StoredRequest,
  descriptor: Descriptor,
): Promise<Exclude<TrimResult, { kind: 'incomparable' }>> {
  const stopped = await restoreOverlaps(request, descriptor);
  if (stopped) return stopped;
  const first = trimDescriptor(request.work, descriptor);
  if (first.kind !== 'incomparable') return first;
  const delivered = await readDelivered(request, { descriptor, wanted: first.overlaps });
  const second = trimDescriptor(request.work, descriptor, evidenceOf({ delivered }, false));
  if (second.kind !== 'incomparable') return second;
  const stored = await collectStored(request, { descriptor, open: second.overlaps, delivered });
  // Reading ends at the first difference, so what it has not come to is not yet without evidence.
  const third = trimDescriptor(request.work, descriptor, evidenceOf({ delivered, stored }, false));
  if (third.kind !== 'incomparable') return third;
  const last = trimDescriptor(request.work, descriptor, evidenceOf({ delivered, stored }, true));
  return last as Exclude<TrimResult, { kind: 'incomparable' }>;
}

function evidenceOf(told: { readonly delivered: Timestamps; readonly stored?: Timestamps }, isComplete: boolean): TrimEvidence {
  const find = (sourceId: string, partition: number) => {
    const key = placeKey({ sourceId, partition });
    return { delivered: told.delivered.get(key) ?? new Map(), stored: told.stored?.get(key) ?? new Map() };
  };
  return { find, isComplete };
}

/** What the rows of the delivery tell of the offsets. */
async function readDelivered(
  { ports, tables }: StoredRequest,
  { descriptor, wanted }: { readonly descriptor: Descriptor; readonly wanted: readonly SourceRanges[] },
): Promise<Timestamps> {
  const told: Timestamps = new Map();
  const asked = OffsetMap.of(wanted);
  for (const { table, files } of descriptor.tables) {
    for (const file of files) {
      if ([...OffsetMap.of(file.offsets).and(asked)].length === 0) continue;
      addTimestamps(told, await readTimestamps(ports, { path: file.path, schema: await tables.schema(table), wanted }));
    }
  }
  return told;
}

/**
 * Old offsets delivered again are compared by their class, which may be in a segment: absent, declared, filtered or a row's. A segment that
 * is gone or garbled parks the source whose records it would tell from others', and nothing else (promise 4).
 */
async function restoreOverlaps(request: StoredRequest, { sources }: Descriptor): Promise<ParkVerdict | undefined> {
  for (const { sourceId, partitions } of sources) {
    const places = partitions
      .filter((classes) => {
        const known = request.work.sources.get(sourceId)?.partitions.get(classes.partition);
        if (!known || !hasArchived(known)) return false;
        const again = intersectRanges(deliveredOf(classes), known.covered);
        return again.length > 0 && countOffsets(subtractRanges(again, classedOf(known))) > 0;
      })
      .map(({ partition }) => ({ sourceId, partition }));
    try {
      await restorePlaces(request, request.work, places);
    } catch (error) {
      if (!(error instanceof InputRefusedError)) throw error;
      const message = `${sourceId} delivers old offsets of partition ${places[0]!.partition} again, and nothing tells what they were: ${error.message}`;
      return { kind: 'park', sourceId, reason: 'nothing-to-compare', message };
    }
  }
  return undefined;
}

type ParkVerdict = Extract<TrimResult, { kind: 'park' }>;
