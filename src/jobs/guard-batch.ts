// Gets past a poison without any help from the event source (promise 4). A record that loops or exhausts memory ends the process, and
// the batch comes again, for ever. So a *suspect marker*, naming the offsets at hand, is made durable before a batch is read and
// removed once it has landed: one that is still there says that a process ended in between, and its offsets are looked at one by
// one in isolation (probe-records.ts) before anything else reads them. Cost: one listing, one create, one delete a batch.
import type { CompiledContract } from '../contract/compiled.ts';
import { LIMITS } from '../contract/limits.ts';
import { contractPaths } from '../contract/names.ts';
import type { KafkaRecords } from '../decode/records.ts';
import { DeadlineError, InputRefusedError, TransientIoError } from '../errors.ts';
import type { SourceRanges } from '../ledger/entries.ts';
import { list, object, parseJson, type Reader } from '../ledger/json-readers.ts';
import { containsOffset, intersectRanges, subtractRanges } from '../ledger/ranges.ts';
import { sourceRanges, versionOne } from '../ledger/shapes.ts';
import type { Reason } from '../pipeline/types.ts';
import type { FileStat, Ports, Uri } from '../ports.ts';
import { type Deadline, isHalfOver } from './deadline.ts';
import { deleteObjects } from './delete-objects.ts';
import { OffsetCollector } from './offset-map.ts';
import { probeRecords, type StartProbe } from './probe-records.ts';
import type { RowTarget } from './write-rows.ts';

export interface GuardRequest {
  readonly ports: Ports;
  readonly contract: CompiledContract;
  readonly records: KafkaRecords;
  readonly deadline: Deadline;
  readonly startProbe: StartProbe;
  readonly judgeModule?: string | undefined;
  /** How accepted rows of each table are written; left out, nothing is encoded. */
  readonly targets?: readonly RowTarget[];
}

export interface Guarded {
  /** Records to quarantine unread. */
  readonly suspects: ReadonlyMap<number, Reason>;
  /** To be deleted once the batch is durable. */
  readonly markers: readonly Uri[];
}

interface SuspectMarker {
  readonly version: 1;
  readonly ranges: readonly SourceRanges[];
}
const readMarker: Reader<SuspectMarker> = object<SuspectMarker>({ version: versionOne, ranges: list(sourceRanges) });

/** Looks for markers of earlier attempts, probes what they name, and leaves one of its own. */
export async function guardBatch(request: GuardRequest): Promise<Guarded> {
  const { ports, contract, records, deadline } = request;
  const delivered = deliveredIn(records);
  const found = await findMarkers(request);
  const named = found.filter(({ ranges }) => ranges.some((one) => overlap(one, delivered)));
  let suspects: ReadonlyMap<number, Reason> = new Map();
  if (named.length > 0) {
    ports.telemetry.count('suspect-batch', 1, { contract: contract.name });
    const members = membersOf(
      records,
      named.flatMap(({ ranges }) => ranges),
    );
    checkTimeToProbe(contract.name, deadline);
    suspects = await probeRecords({ ...request, members });
    if (suspects.size > 0) ports.telemetry.count('poison-records', suspects.size, { contract: contract.name });
  }
  const uri = `${contractPaths(ports.root, contract.name).suspects}${String(ports.clock.nowMs()).padStart(15, '0')}-${ports.ids.uuid()}.json`;
  const marker: SuspectMarker = { version: 1, ranges: delivered };
  deadline.check('creation of the suspect marker');
  // Nobody may know whether it was created: then a later attempt may go without isolation, once, and makes a marker of its own.
  await ports.files.create(uri, Buffer.from(JSON.stringify(marker), 'utf8'));
  const over = named.filter(({ ranges }) => ranges.every((one) => isWithin(one, delivered)));
  return { suspects, markers: [uri, ...over.map((one) => one.uri)] };
}

/** The batch is durable: nothing of it is suspected any more. */
export async function clearMarkers(ports: Ports, { markers }: Guarded): Promise<void> {
  await deleteObjects(ports, markers);
}

/**
 * A landing failed. Where a store or a network did, soon, no record of it is to blame, and the next attempt need not look at each in isolation.
 * One that took long may have stood still at a record, and harmful ones were found by looking: both stay suspected. Best effort.
 */
export async function clearIfInnocent(
  ports: Ports,
  guarded: Guarded,
  given: { readonly error: unknown; readonly deadline: Deadline },
): Promise<void> {
  const isDoubtful = guarded.suspects.size > 0 || isHalfOver(given.deadline);
  if (!(given.error instanceof TransientIoError) || isDoubtful) return;
  try {
    await clearMarkers(ports, guarded);
  } catch (error) {
    if (!(error instanceof TransientIoError)) throw error;
    ports.telemetry.count('markers-kept', 1);
  }
}

/** What is not looked at in time counts as harmful: with little time from the start that would be most of the batch, for no fault of its own. */
function checkTimeToProbe(contract: string, deadline: Deadline): void {
  if (deadline.remainingMs() >= LIMITS.probeTimeMsMin) return;
  throw new DeadlineError(
    `${Math.round(deadline.remainingMs())} ms are too few to look at suspected records one by one: expected ${LIMITS.probeTimeMsMin}; nothing is written, the batch comes again`,
    { code: 'no-time-to-probe', details: { contract } },
  );
}

async function findMarkers({ ports, contract }: GuardRequest): Promise<{ readonly uri: Uri; readonly ranges: readonly SourceRanges[] }[]> {
  const stats: FileStat[] = [];
  for await (const stat of ports.files.list(contractPaths(ports.root, contract.name).suspects)) {
    stats.push(stat);
    if (stats.length >= LIMITS.suspectMarkersMax) break;
  }
  const nowMs = ports.clock.nowMs();
  const old = stats.filter(({ lastModifiedMs }) => nowMs - lastModifiedMs > LIMITS.suspectLifeMs);
  await deleteObjects(
    ports,
    old.map(({ uri }) => uri),
  );
  const read = await Promise.all(
    stats.filter((stat) => !old.includes(stat)).map(async ({ uri }) => ({ uri, ranges: parseMarker(await ports.files.read(uri)) })),
  );
  return read.filter(({ ranges }) => ranges.length > 0);
}

/** A marker that is gone or is none names nothing. */
function parseMarker(bytes: Buffer | undefined): readonly SourceRanges[] {
  try {
    return bytes ? readMarker(parseJson(bytes, 'suspect marker'), 'suspect marker').ranges : [];
  } catch (error) {
    if (error instanceof InputRefusedError) return [];
    throw error;
  }
}

function deliveredIn(records: KafkaRecords): SourceRanges[] {
  const collector = new OffsetCollector();
  for (let record = 0; record < records.count; record++) collector.add(positionOf(records, record));
  return [...collector.finish().offsets];
}

function positionOf(records: KafkaRecords, record: number) {
  const sourceId = records.sources[records.source[record]!]!.id;
  return { sourceId, partition: records.topicPartition[record]!, offset: records.kafkaOffset[record]! };
}

function membersOf(records: KafkaRecords, ranges: readonly SourceRanges[]): Uint32Array {
  const members: number[] = [];
  for (let record = 0; record < records.count; record++) {
    const at = positionOf(records, record);
    if (ranges.some((one) => one.sourceId === at.sourceId && one.partition === at.partition && containsOffset(one.ranges, at.offset))) {
      members.push(record);
    }
  }
  return Uint32Array.from(members);
}

function overlap(one: SourceRanges, all: readonly SourceRanges[]): boolean {
  return all.some((other) => isSame(one, other) && intersectRanges(one.ranges, other.ranges).length > 0);
}

function isWithin(one: SourceRanges, all: readonly SourceRanges[]): boolean {
  return all.some((other) => isSame(one, other) && subtractRanges(one.ranges, other.ranges).length === 0);
}

function isSame(a: SourceRanges, b: SourceRanges): boolean {
  return a.sourceId === b.sourceId && a.partition === b.partition;
}
