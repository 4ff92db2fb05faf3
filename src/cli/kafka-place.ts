// What a command line says of a Kafka cluster: brokers, client properties, and which of a contract's sources are there.
import { readFileSync, statSync } from 'node:fs';
import type { CompiledContract } from '../contract/compiled.ts';
import { LIMITS } from '../contract/limits.ts';
import type { RecordSource } from '../decode/records.ts';
import { InputRefusedError } from '../errors.ts';
import type { ClientOptions } from '../local/kafka/client-options.ts';
import { UsageError } from './command.ts';

export interface KafkaPlace {
  readonly brokers: readonly string[];
  /** Path of a file of client properties. */
  readonly configFile: string | undefined;
}

/** Options of the client; reads the file and the environment variables it names. */
export async function kafkaOptions(place: KafkaPlace, groupId: string): Promise<ClientOptions> {
  const { clientOptions } = await import('../local/kafka/client-options.ts');
  const { parseProperties } = await import('../local/kafka/properties.ts');
  const file = place.configFile;
  const properties = file === undefined ? new Map<string, string>() : parseProperties(configText(file), process.env, file);
  const mskToken = async (region: string) => (await import('../aws/msk-token.ts')).mskToken(region);
  return clientOptions({ brokers: place.brokers, properties, groupId, mskToken });
}

/** A topic's records belong to one source; two sources of one topic are two clusters, and this command reads one. */
export function sourcesOf(contract: CompiledContract, name: string | undefined): ReadonlyMap<string, RecordSource> {
  const wanted = contract.sources.filter((source) => name === undefined || source.name === name);
  if (wanted.length === 0) {
    const known = [...new Set(contract.sources.map((source) => source.name))].join(', ');
    throw new UsageError(`${contract.name} has no source ${JSON.stringify(name)}: it has ${known}`, 'firn help run');
  }
  const sources = new Map<string, RecordSource>();
  for (const { name: sourceName, topic, generation } of wanted) {
    if (sources.has(topic))
      throw new UsageError(`${contract.name} has several sources of topic ${topic}`, 'name the one behind these brokers: --source NAME');
    sources.set(topic, { id: `${sourceName}/${topic}/${generation}`, topic });
  }
  return sources;
}

export function brokersOf(text: string | undefined): readonly string[] {
  const brokers = (text ?? '').split(',').map((one) => one.trim());
  const isBroker = (one: string) => /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):\d{1,5}$/.test(one);
  if (text === undefined) throw new UsageError('--brokers HOST:PORT[,…] is needed', 'firn help run');
  const wrong = brokers.find((one) => !isBroker(one));
  if (wrong !== undefined)
    throw new UsageError(`--brokers must be HOST:PORT, several with commas between; got ${JSON.stringify(wrong)}`, 'firn help run');
  return brokers;
}

function configText(file: string): string {
  try {
    if (statSync(file).size <= LIMITS.kafkaConfigBytesMax) return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new InputRefusedError(`cannot read the Kafka configuration ${file}; check the path and its permissions`, {
      code: 'kafka-config',
      details: { file },
      cause,
    });
  }
  throw new InputRefusedError(`the Kafka configuration ${file} is too large: at most ${LIMITS.kafkaConfigBytesMax} bytes are read`, {
    code: 'kafka-config',
    details: { file },
  });
}
