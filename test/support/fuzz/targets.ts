// Every decoder of foreign bytes that is fuzzed. A new one is added here; its kept corpus is replayed by the fault suite.
import { AVRO_TARGETS } from './targets/avro.ts';
import { CODEC_TARGETS } from './targets/codecs.ts';
import { DELETE_TARGETS } from './targets/deletes.ts';
import { EVENT_TARGETS } from './targets/events.ts';
import { JSON_TARGETS } from './targets/json.ts';
import { LEDGER_TARGETS } from './targets/ledger.ts';
import { PARQUET_TARGETS } from './targets/parquet.ts';
import { VALUE_TARGETS } from './targets/values.ts';
import type { FuzzTarget } from './types.ts';

export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  ...AVRO_TARGETS,
  ...JSON_TARGETS,
  ...PARQUET_TARGETS,
  ...CODEC_TARGETS,
  ...DELETE_TARGETS,
  ...VALUE_TARGETS,
  ...LEDGER_TARGETS,
  ...EVENT_TARGETS,
];
