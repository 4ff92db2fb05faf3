// A pipeline's parts, made once, and the state of one batch: what the plain path and the kernels' path share.
import type { CompiledTable } from '../contract/compiled.ts';
import type { KafkaRecords } from '../decode/records.ts';
import { allSets, makeSetBuilder, type SetBuilder } from './builders.ts';
import { makeRowView, type RowView } from './cel/row-view.ts';
import { type Decoder, makeDecoder } from './decoder.ts';
import { bindEventTime, type EventTime } from './event-time.ts';
import { bindMessageRules, type MessageRules } from './message-rules.ts';
import { bindPlans, type MessageReader, makeMessageReader } from './read-message.ts';
import type { ReadPlan } from './read-plan.ts';
import { bindRowRules, type RowRules } from './row-rules.ts';
import { prepareTechnical, type TechnicalValues } from './technical.ts';
import type { ParkRequest, QuarantinedRecord } from './types.ts';
import { judgeWhole, type WholeRules } from './whole-value.ts';

export interface Parts {
  readonly table: CompiledTable;
  readonly set: SetBuilder;
  /** The set and all sets below it. */
  readonly sets: readonly SetBuilder[];
  readonly d: Decoder;
  readonly view: RowView;
  readonly plans: readonly ReadPlan[];
  readonly reader: MessageReader;
  readonly messageRules: MessageRules;
  readonly rowRules: RowRules;
  readonly eventTime: EventTime;
  /** What the batch before needed. */
  auxBytesExpected: number;
}

export interface Batch {
  readonly records: KafkaRecords;
  /** Position of the records' first byte in the work buffer. */
  readonly shift: number;
  readonly ingestedAtMs: number;
  readonly technical: TechnicalValues;
  readonly whole: WholeRules;
  readonly verdicts: Uint8Array;
  readonly rowRecord: Uint32Array;
  readonly eventTimeMs: Float64Array;
  readonly quarantined: QuarantinedRecord[];
  readonly parkRequests: ParkRequest[];
  readonly counts: Map<string, number>;
  missing: number;
  nulls: number;
  unread: number;
  kernelRecords: number;
}

/** A batch of which nothing is judged yet. Call with the work buffer begun: its sources' texts go into aux. */
export function newBatch(
  { d, table }: Pick<Parts, 'd' | 'table'>,
  given: Pick<Batch, 'records' | 'shift' | 'ingestedAtMs' | 'rowRecord' | 'eventTimeMs'>,
): Batch {
  const { records, ingestedAtMs } = given;
  return {
    ...given,
    technical: prepareTechnical(d, records, ingestedAtMs),
    whole: judgeWhole(records, table.program),
    verdicts: new Uint8Array(records.count),
    quarantined: [],
    parkRequests: [],
    counts: new Map(),
    missing: 0,
    nulls: 0,
    unread: 0,
    kernelRecords: 0,
  };
}

export const AUX_BYTES_MIN = 64 * 1024;

/** Binds a table's program. Throws ContractError for one that cannot be evaluated. */
export function makeParts(table: CompiledTable): Parts {
  const { program } = table;
  const set = makeSetBuilder(program.struct);
  const d = makeDecoder();
  d.unread.keepsText = program.undeclared === 'capture';
  const view = makeRowView(set, () => d.scan.bytes);
  const plans = bindPlans(program, set);
  return {
    table,
    set,
    sets: allSets(set),
    d,
    view,
    plans,
    reader: makeMessageReader(program, set, d, plans),
    messageRules: bindMessageRules(program),
    rowRules: bindRowRules(program, view),
    eventTime: bindEventTime(program.eventTime, set),
    auxBytesExpected: AUX_BYTES_MIN,
  };
}
