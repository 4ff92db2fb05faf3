// Topic partitions of which records are compared, in groups that fit in memory together (promise 10).
import { LIMITS } from '../contract/limits.ts';
import { refuseGeneration } from './refuse-generation.ts';

/**
 * The partitions in their order, at least one in each group. Throws InputRefusedError `generation-refused` for a partition that has more
 * records to compare than LIMITS.generationRecordsMax; `wayOut` says what else can be done with it.
 */
export function groupPartitions(
  sourceId: string,
  sizes: Iterable<readonly [partition: number, records: number]>,
  wayOut: string,
): number[][] {
  const max = LIMITS.generationRecordsMax;
  const groups: number[][] = [];
  let room = 0;
  for (const [partition, records] of sizes) {
    if (records > max)
      throw refuseGeneration(sourceId, `partition ${partition} has ${records} offsets to compare, at most ${max} are; ${wayOut}`);
    if (groups.length === 0 || records > room) {
      groups.push([]);
      room = max;
    }
    groups.at(-1)!.push(partition);
    room -= records;
  }
  return groups;
}
