// `firn recover … --kind resolve`: Kafka is asked about unverified offsets, those missing between two deliveries. What exists lands
// through the normal path, what does not is recorded as absent with its evidence (DESIGN §5.2). `firn run` does the same now and then;
// this is for tables that are landed otherwise.
import type { CompiledContract } from '../contract/compiled.ts';
import { startProbe } from '../isolation/probe-process.ts';
import { loadLedger } from '../jobs/load-ledger.ts';
import { resolveOffsets } from '../jobs/resolve-offsets.ts';
import type { SourceRanges } from '../ledger/entries.ts';
import { list, object, type Reader, text as textReader } from '../ledger/json-readers.ts';
import { countOffsets } from '../ledger/ranges.ts';
import { sourceRanges } from '../ledger/shapes.ts';
import { unverifiedOf } from '../ledger/state.ts';
import { UsageError } from './command.ts';
import { commitPatiently } from './commit-patiently.ts';
import { requireContract } from './contract-files.ts';
import { brokersOf, kafkaOptions, sourcesOf } from './kafka-place.ts';
import { planDeadline, type RecoverKind } from './recover.ts';
import { formatCount } from './table-text.ts';

interface ResolveBody {
  readonly brokers: string;
  readonly contractFile: string;
  readonly configFile?: string;
  readonly sourceName?: string;
  readonly unverified: readonly SourceRanges[];
}
const readBody: Reader<ResolveBody> = object<ResolveBody>(
  { brokers: textReader, contractFile: textReader, configFile: textReader, sourceName: textReader, unverified: list(sourceRanges) },
  ['configFile', 'sourceName'],
);

export const recoverResolve: RecoverKind = {
  async plan({ ports, contractName, text }) {
    const brokers = brokersOf(text['brokers']);
    const contractFile = text['contract'] ?? contractName;
    await mustBe(contractFile, contractName);
    const { state } = await loadLedger({ ports, contractName });
    const unverified = [...state.sources.values()].flatMap(({ sourceId, partitions }) =>
      [...partitions.values()].map((known) => ({ sourceId, partition: known.partition, ranges: unverifiedOf(known) })),
    );
    const open = unverified.filter(({ ranges }) => ranges.length > 0);
    const offsets = open.reduce((sum, { ranges }) => sum + countOffsets(ranges), 0);
    if (offsets === 0) throw new UsageError(`no offset of ${contractName} is unverified`, `firn audit ${contractName}`);
    const body: ResolveBody = {
      brokers: brokers.join(','),
      contractFile,
      ...(text['kafka-config'] === undefined ? {} : { configFile: text['kafka-config'] }),
      ...(text['source'] === undefined ? {} : { sourceName: text['source'].split('/')[0]! }),
      unverified: open,
    };
    return {
      basis: state.n,
      what: `ask Kafka about ${formatCount(offsets)} unverified offsets in ${formatCount(open.length)} partitions`,
      why: text['note'] ?? 'they are missing between two deliveries, and nobody has been asked about them',
      effects: [
        'a record that exists is landed; it can be in the table only once',
        'an offset without a record is recorded as absent, with the evidence',
        'if Kafka shows other records beside them than were landed, the topic was made again: its source is parked',
      ],
      body,
    };
  },

  async apply({ ports, contractName, plan }) {
    const body = readBody(plan.body, 'plan.body');
    const contract = await mustBe(body.contractFile, contractName);
    const { makeKafkaReader } = await import('../local/kafka/reader.ts');
    const place = { brokers: brokersOf(body.brokers), configFile: body.configFile };
    const reader = makeKafkaReader(await kafkaOptions(place, `firn.${contractName}`));
    try {
      const result = await resolveOffsets({
        ports,
        contract,
        reader,
        sources: sourcesOf(contract, body.sourceName),
        deadline: planDeadline(ports),
        guard: { startProbe },
      });
      await commitPatiently(ports, contractName);
      const left = result.left.map(
        ({ sourceId, partition, ranges, why }) =>
          `${formatCount(countOffsets(ranges))} offsets of ${sourceId} partition ${partition} are left: ${why}`,
      );
      const done = `${formatCount(result.landed)} records landed, ${formatCount(result.noRecord)} offsets have no record, ${formatCount(result.beforeLogStart)} were deleted by retention`;
      return { lines: [done, ...left, ...result.parked.map((message) => `parked: ${message}`)], result };
    } finally {
      await reader.close();
    }
  },
};

async function mustBe(contractFile: string, contractName: string): Promise<CompiledContract> {
  const contract = await requireContract(contractFile);
  if (contract.name === contractName) return contract;
  throw new UsageError(`${contractFile} is the contract ${contract.name}, not ${contractName}`, 'name its file: --contract FILE');
}
