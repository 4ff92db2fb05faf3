// Parks a table or a source from outside a commit: a resolver that found another topic, an operator who wants a table to stop. An
// entry of the ledger like any other; what is parked already stays parked as it is.
import type { ParkReason, ParkTarget } from '../ledger/entries.ts';
import type { Ports } from '../ports.ts';
import { appendEntry } from './append-entry.ts';
import type { Deadline } from './deadline.ts';

export interface RecordParkRequest {
  readonly ports: Ports;
  readonly contractName: string;
  readonly deadline: Deadline;
  readonly target: ParkTarget;
  readonly reason: ParkReason;
  readonly message: string;
}

/** The number of the park entry; undefined when the target is unknown or parked already. */
export async function recordPark(request: RecordParkRequest): Promise<number | undefined> {
  const { ports, contractName, target, reason, message } = request;
  const entry = await appendEntry({
    ...request,
    draft: ({ state }) => {
      const known = 'table' in target ? state.tables.get(target.table) : state.sources.get(target.sourceId);
      return !known || known.parked ? undefined : { kind: 'park', target, reason, message };
    },
  });
  if (entry) {
    ports.telemetry.count('parked', 1, { contract: contractName });
    ports.telemetry.log('error', 'parked', { ...target, contract: contractName, reason, message });
  }
  return entry?.n;
}
