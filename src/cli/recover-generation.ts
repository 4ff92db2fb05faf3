// `firn recover … --kind generation`: compares the topic of a source's new generation with what landed under the older ones, so that the
// records of a mirrored topic count as covered (DESIGN §5.2). `firn run` does the same by itself before it reads such a topic.
import { inheritGeneration } from '../jobs/inherit-generation.ts';
import { type GenerationPlan, planGeneration } from '../jobs/plan-generation.ts';
import { planLateGeneration } from '../jobs/plan-late-generation.ts';
import { count, list, object, type Reader, text as textReader } from '../ledger/json-readers.ts';
import { generationMapping, identity, inheritedPartition } from '../ledger/shapes.ts';
import { UsageError } from './command.ts';
import { commitPatiently } from './commit-patiently.ts';
import { brokersOf, kafkaOptions } from './kafka-place.ts';
import { planDeadline, type RecoverKind } from './recover.ts';
import { formatCount } from './table-text.ts';

const readBody: Reader<GenerationPlan> = object<GenerationPlan>(
  {
    sourceId: textReader,
    topic: textReader,
    observed: identity,
    inherited: list(inheritedPartition),
    mapping: generationMapping,
    basis: count,
    ends: list(object<GenerationPlan['ends'][number]>({ sourceId: textReader, partition: count, end: count })),
    park: count,
  },
  ['park'],
);

export const recoverGeneration: RecoverKind = {
  async plan({ ports, contractName, text, switches }) {
    const sourceId = text['source'];
    const topic = sourceId?.split('/').at(-2);
    if (sourceId === undefined || topic === undefined)
      throw new UsageError('--source NAME/TOPIC/GENERATION is needed: the generation that is parked or new', 'firn help recover');
    await commitPatiently(ports, contractName);
    const late = await planLateGeneration({ ports, contractName, sourceId, isAccepted: switches.has('accept') });
    if (late) return describe(late, text['note'] ?? 'its records may have landed under a newer generation, at other offsets');
    const { makeKafkaReader } = await import('../local/kafka/reader.ts');
    const place = { brokers: brokersOf(text['brokers']), configFile: text['kafka-config'] };
    const reader = makeKafkaReader(await kafkaOptions(place, `firn.${contractName}`));
    try {
      const source = { id: sourceId, topic };
      const body = await planGeneration({ ports, contractName, reader, source, isAccepted: switches.has('accept') });
      return describe(body, text['note'] ?? 'a mirrored topic holds records that have landed already, at other offsets');
    } finally {
      await reader.close();
    }
  },

  async apply({ ports, contractName, plan }) {
    const body = readBody(plan.body, 'plan.body');
    const entry = await inheritGeneration({ ports, contractName, deadline: planDeadline(ports), plan: body });
    await commitPatiently(ports, contractName);
    const line =
      entry === undefined
        ? `nothing to do: ${body.sourceId} has been compared already`
        : `${formatCount(body.mapping.landed)} records count as covered with ledger entry ${entry}`;
    return { lines: [line], result: { entry: entry ?? null, mapping: body.mapping } };
  },
};

function describe(body: GenerationPlan, why: string): Awaited<ReturnType<RecoverKind['plan']>> {
  const { landed, fresh, ambiguous, compared, of } = body.mapping;
  return {
    basis: body.basis,
    what: `${body.park === undefined ? 'begin' : 'go on with'} ${body.sourceId} with ${formatCount(landed)} records that landed under ${of.join(', ')}`,
    why,
    effects: [
      `${formatCount(landed)} records count as covered and do not land again`,
      `${formatCount(fresh)} records are new and land`,
      ...(body.park !== undefined && landed > 0
        ? ['told by partition, timestamp and content; filtered records, which have no row, by order and timestamp']
        : []),
      ...(compared ? ['what it delivers later is compared in its turn'] : []),
      ...(ambiguous > 0 ? [`${formatCount(ambiguous)} records of which nobody can tell land, perhaps a second time`] : []),
    ],
    body,
  };
}
