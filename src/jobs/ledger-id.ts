// The identity of a ledger: `<root>/_firn/<contract>/ledger.json`, created once with a fresh id. Tables carry it in firn.ledger,
// so a ledger that was deleted and began again at entry 1 is never taken for the one a table has applied.
import { LIMITS } from '../contract/limits.ts';
import { contractPaths } from '../contract/names.ts';
import { TransientIoError } from '../errors.ts';
import { literal, object, parseJson, text } from '../ledger/json-readers.ts';
import type { Ports } from '../ports.ts';

interface LedgerIdentity {
  readonly version: 1;
  readonly id: string;
}
const read = object<LedgerIdentity>({ version: literal(1), id: text });

/** The id of the contract's ledger; undefined when there is no ledger. */
export async function findLedgerId(ports: Ports, contractName: string): Promise<string | undefined> {
  const bytes = await ports.files.read(uriOf(ports, contractName));
  return bytes && read(parseJson(bytes, 'ledger.json'), 'ledger.json').id;
}

/** The id of the contract's ledger, made when there is none. Of concurrent makers one wins and all get its id. */
export async function ensureLedgerId(ports: Ports, contractName: string): Promise<string> {
  const identity = ledgerIdBytes(ports.ids.uuid());
  for (let attempt = 1; attempt <= LIMITS.ioAttemptsMax; attempt++) {
    const known = await findLedgerId(ports, contractName);
    if (known !== undefined) return known;
    await ports.files.create(uriOf(ports, contractName), identity);
  }
  throw new TransientIoError(`the ledger of ${contractName} could not be made in ${LIMITS.ioAttemptsMax} attempts; try again`, {
    code: 'ledger-id-not-written',
    details: { contract: contractName, attempts: LIMITS.ioAttemptsMax },
  });
}

/**
 * The id of a ledger that something was landed for; undefined when there is no object of the contract at all, so that a ring for a name
 * nobody knows makes nothing. An identity that was lost from beside staged descriptors is made anew, and the tables refuse it.
 */
export async function usedLedgerId(ports: Ports, contractName: string): Promise<string | undefined> {
  const known = await findLedgerId(ports, contractName);
  if (known !== undefined) return known;
  for await (const _ of ports.files.list(`${contractPaths(ports.root, contractName).base}/`)) return ensureLedgerId(ports, contractName);
  return undefined;
}

/** The object that says which ledger this is. */
export function ledgerIdBytes(id: string): Buffer {
  const identity: LedgerIdentity = { version: 1, id };
  return Buffer.from(JSON.stringify(identity), 'utf8');
}

function uriOf(ports: Ports, contractName: string): string {
  return contractPaths(ports.root, contractName).identity;
}
