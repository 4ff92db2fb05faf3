// Landing inputs: batch by batch in bounded memory, each durable before the next; commits as it goes, so that readers see a long
// landing grow, and at the end. Interrupted, it finishes the batch it is at and commits; landing again goes on from there.
import type { CompiledContract } from '../contract/compiled.ts';
import { LIMITS } from '../contract/limits.ts';
import { InputRefusedError } from '../errors.ts';
import { startProbe } from '../isolation/probe-process.ts';
import { startDeadline } from '../jobs/deadline.ts';
import { ensureTables } from '../jobs/ensure-tables.ts';
import { landBatch } from '../jobs/land-batch.ts';
import type { LandBatchRequest, ResolvedContract } from '../jobs/types.ts';
import { createJudge } from '../pipeline/judge.ts';
import type { Ports } from '../ports.ts';
import { isAlreadyLanded } from './already-landed.ts';
import { commitPatiently } from './commit-patiently.ts';
import type { InputFile } from './inputs.ts';
import { type KnownLandings, loadKnownLandings } from './known-landings.ts';
import { eventBatches } from './land-events.ts';
import { makePending, type Pending } from './land-pending.ts';
import { positionedBatches } from './land-positioned.ts';
import { addBatch, addDecided, type InputTally, type LandTally, newTally } from './land-tally.ts';
import { type OpenedInput, openInput } from './open-input.ts';
import { type InputFormat, sniffFormat } from './sniff-format.ts';

export interface LandRequest {
  readonly ports: Ports;
  readonly contract: CompiledContract;
  readonly inputs: readonly InputFile[];
  /** Sniffed for each input when left out. */
  readonly format: InputFormat | undefined;
  readonly sourceName: string | undefined;
  readonly isGrowing: boolean;
  readonly isCommitting: boolean;
  readonly isInterrupted: () => boolean;
  readonly onProgress: (tally: LandTally) => void;
}

/** Lands everything; throws at the first input that cannot be landed, with what came before it landed and committed. */
export async function landInputs(request: LandRequest): Promise<LandTally> {
  const { ports, contract } = request;
  const opened: { readonly file: InputFile; readonly input: OpenedInput }[] = [];
  // All inputs are looked at before the first is landed: a mistyped last argument costs nothing.
  for (const file of request.inputs) opened.push({ file, input: await openInput(file.path) });
  const resolved = await ensureTables({ ports, contract });
  const known = await loadKnownLandings({ ports, contractName: contract.name });
  const landing: Landing = {
    request,
    resolved,
    judge: createJudge(contract),
    tally: newTally(),
    position: known.state.n,
    known,
    pending: makePending(),
    committedAtMs: ports.clock.nowMs(),
    uncommitted: 0,
  };
  try {
    for (const { file, input } of opened) {
      if (request.isInterrupted()) break;
      await landInput(landing, file, input);
    }
  } catch (error) {
    // What was read before is landed and brought into the tables; if that fails too, the next landing makes it good.
    await finish(landing).catch((cause: unknown) => ports.telemetry.log('warn', 'not finished', { cause: String(cause) }));
    throw error;
  }
  await finish(landing);
  return landing.tally;
}

interface Landing {
  readonly request: LandRequest;
  readonly resolved: ResolvedContract;
  readonly judge: NonNullable<LandBatchRequest['judge']>;
  readonly tally: LandTally;
  readonly known: KnownLandings;
  readonly pending: Pending;
  position: number;
  committedAtMs: number;
  uncommitted: number;
}

async function landInput(landing: Landing, file: InputFile, input: OpenedInput): Promise<void> {
  const { request, tally } = landing;
  const format = request.format ?? (await sniffFormat(input));
  const own: InputTally = { path: file.path, source: format === 'events' ? file.sourceName : '', format, records: 0, skipped: 0 };
  tally.inputs.push(own);
  const given = { file, input, own };
  for await (const records of format === 'events' ? landEvents(landing, given) : landPositioned(landing, { ...given, format })) {
    own.records += records;
    request.onProgress(tally);
    if (request.isInterrupted()) return;
    await commitIfDue(landing);
  }
}

interface GivenInput {
  readonly file: InputFile;
  readonly input: OpenedInput;
  readonly own: InputTally;
}

/** Yields the number of records of each batch, landed or pending. */
async function* landEvents(landing: Landing, { file, input, own }: GivenInput): AsyncGenerator<number> {
  const { contract, isGrowing } = landing.request;
  const source = eventSource(contract, file);
  const progress = landing.known.progresses.get(source.id);
  own.skipped = progress?.lines ?? 0;
  own.records = own.skipped;
  for await (const batch of eventBatches({ path: file.path, input, source, progress, isGrowing })) {
    const full = landing.pending.add(batch);
    if (full) await landOne(landing, full);
    yield batch.records.count;
  }
}

async function* landPositioned(landing: Landing, given: GivenInput & { readonly format: 'records' | 'lambda' }): AsyncGenerator<number> {
  const { contract, sourceName } = landing.request;
  for await (const batch of positionedBatches({ path: given.file.path, input: given.input, format: given.format, contract, sourceName })) {
    if (!isAlreadyLanded(landing.known.state, batch.records)) await landOne(landing, batch);
    yield batch.records.count;
  }
}

async function finish(landing: Landing): Promise<void> {
  const rest = landing.pending.take();
  if (rest) await landOne(landing, rest);
  if (landing.request.isCommitting) await commit(landing);
}

/** A file is a source of its own; a name that the contract gives to a real source must not get its lines. */
function eventSource(contract: CompiledContract, file: InputFile) {
  const declared = contract.sources[0]!;
  if (contract.sources.some((source) => source.name === file.sourceName)) {
    throw new InputRefusedError(
      `cannot land the events of ${file.path} under the name ${file.sourceName}: the contract gives it to a topic, whose offsets are no line numbers; name it with --source`,
      { code: 'declared-source-name', details: { file: file.path } },
    );
  }
  return { id: `${file.sourceName}/${declared.topic}/${declared.generation}`, topic: declared.topic };
}

type Batch = Pick<LandBatchRequest, 'records' | 'files' | 'gaps'>;

async function landOne(landing: Landing, batch: Batch): Promise<void> {
  const { request, resolved, judge, tally } = landing;
  const { ports, contract } = request;
  const deadline = startDeadline(ports.clock, LIMITS.landDeadlineMs);
  addBatch(tally, await landBatch({ ports, contract, resolved, judge, guard: { startProbe }, deadline, ...batch }));
  tally.valueBytes += batch.records.bytes.length;
  landing.uncommitted++;
}

/** At most one commit in an interval, and one for so many batches. */
async function commitIfDue(landing: Landing): Promise<void> {
  if (!landing.request.isCommitting || landing.uncommitted === 0) return;
  const isDue = landing.request.ports.clock.nowMs() - landing.committedAtMs >= LIMITS.landCommitIntervalMs;
  if (isDue || landing.uncommitted >= LIMITS.landCommitBatchesMax) await commit(landing);
}

async function commit(landing: Landing): Promise<void> {
  const { request, tally } = landing;
  const { ports, contract } = request;
  for (const result of await commitPatiently(ports, contract.name)) {
    tally.commits += result.entriesCreated > 0 ? 1 : 0;
    tally.snapshots += result.tables.reduce((count, table) => count + table.snapshots, 0);
    tally.parked = result.parked;
  }
  landing.position = await addDecided(tally, { ports, contract, from: landing.position });
  landing.committedAtMs = ports.clock.nowMs();
  landing.uncommitted = 0;
}
