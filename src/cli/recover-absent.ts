// `firn recover … --kind absent`: a person declares that offsets have no record: lost before they were read, removed by retention,
// skipped on purpose. The gap is an entry of the ledger with a note, never silent (DESIGN §7).
import { InputRefusedError } from '../errors.ts';
import { loadLedger } from '../jobs/load-ledger.ts';
import { recordAbsent } from '../jobs/record-absent.ts';
import type { SourceRanges } from '../ledger/entries.ts';
import { count, list, object, type Reader, text as textReader } from '../ledger/json-readers.ts';
import { countOffsets, subtractRanges } from '../ledger/ranges.ts';
import { sourceRanges } from '../ledger/shapes.ts';
import { UsageError } from './command.ts';
import { planDeadline, type RecoverKind, wholeNumber } from './recover.ts';
import { formatCount } from './table-text.ts';

interface AbsentBody {
  readonly ranges: readonly SourceRanges[];
  readonly note: string;
  readonly offsets: number;
}
const readBody: Reader<AbsentBody> = object<AbsentBody>({ ranges: list(sourceRanges), note: textReader, offsets: count });

export const recoverAbsent: RecoverKind = {
  async plan({ ports, contractName, text }) {
    const sourceId = text['source'];
    if (sourceId === undefined) throw new UsageError('--source is needed: firn audit names the sources', 'firn help recover');
    const partition = wholeNumber(text, 'partition');
    const [from, to] = [wholeNumber(text, 'from'), wholeNumber(text, 'to')];
    if (to < from) throw new UsageError(`--to ${to} is before --from ${from}`, 'firn help recover');
    const { state } = await loadLedger({ ports, contractName });
    const source = state.sources.get(sourceId);
    if (!source) {
      const known = [...state.sources.keys()].join(', ');
      throw new UsageError(`${contractName} has no source ${sourceId}; it has ${known}`, `firn audit ${contractName}`);
    }
    const open = subtractRanges([[from, to + 1]], source.partitions.get(partition)?.covered ?? []);
    const body: AbsentBody = {
      ranges: [{ sourceId, partition, ranges: open }],
      note: text['note'] ?? '',
      offsets: countOffsets(open),
    };
    if (body.offsets === 0) throw new UsageError(`every offset from ${from} to ${to} is covered already`, `firn audit ${contractName}`);
    return {
      basis: state.n,
      what: `declare ${formatCount(body.offsets)} offsets of ${sourceId} partition ${partition} absent`,
      why: body.note === '' ? 'no note was given' : body.note,
      effects: [
        'a record that is delivered there later is dropped: the declaration stands',
        `${formatCount(to - from + 1 - body.offsets)} of the offsets are covered already and stay as they are`,
      ],
      body,
    };
  },

  async apply({ ports, contractName, plan }) {
    const { ranges, note } = readBody(plan.body, 'plan.body');
    const result = await recordAbsent({ ports, contractName, deadline: planDeadline(ports), cause: 'by-hand', note, ranges });
    if (result.staged > 0 && result.entry === undefined) {
      throw new InputRefusedError(`${formatCount(result.staged)} of the offsets are staged and will land; run firn audit ${contractName}`, {
        code: 'offsets-staged',
        details: { contract: contractName },
      });
    }
    const line =
      result.entry === undefined
        ? 'nothing to do: every offset is covered by now'
        : `${formatCount(result.offsets)} offsets are declared absent in ledger entry ${result.entry}`;
    return { lines: [line], result };
  },
};
