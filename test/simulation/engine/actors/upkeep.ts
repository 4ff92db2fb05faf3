// Stand-ins for upkeep, as DESIGN §7 orders it: `keep` copies staged and unapplied data that grew old under `_firn/`; `sweep` deletes
// what nothing names, in this order: old objects, names in descriptors and unapplied entries, only then metadata with all snapshots.

import { LIMITS } from '../../../../src/contract/limits.ts';
import { contractPaths } from '../../../../src/contract/names.ts';
import { identifierOf, loadTable } from '../../../../src/iceberg/load-table.ts';
import { readManifestList } from '../../../../src/iceberg/manifest-list.ts';
import { readManifest } from '../../../../src/iceberg/manifest-read.ts';
import { loadEntry, loadLedger } from '../../../../src/jobs/load-ledger.ts';
import { parkedUri } from '../../../../src/jobs/materialise-files.ts';
import { listStaged, readStaged } from '../../../../src/jobs/staged.ts';
import type { Ports } from '../../../../src/ports.ts';
import type { Process } from '../process.ts';
import { isOn, type SimWorld } from '../world.ts';

export async function keepSome(world: SimWorld, process: Process): Promise<void> {
  const contractName = world.random.pick(world.contracts);
  const { ports } = process;
  const held = new Set([...(await namesStaged(ports, contractName)), ...(await namesUnapplied(ports, contractName))]);
  for (const path of held) {
    const stat = await ports.files.stat(path);
    if (!stat || ports.clock.nowMs() - stat.lastModifiedMs <= LIMITS.fileCopyAgeMs) continue;
    const bytes = await ports.files.read(path);
    if (bytes) await ports.files.create(parkedUri(ports, contractName, path), bytes);
  }
}

export async function sweepSome(world: SimWorld, process: Process): Promise<void> {
  const contractName = world.random.pick(world.contracts);
  const { ports } = process;
  const known = new Set<string>();
  const keep = (names: Iterable<string>): void => {
    for (const name of names) known.add(baseOf(name));
  };
  const tables = [...world.memory.tables.keys()].filter((key) => key.startsWith(contractName));
  if (!isOn(world, 'sweep loads metadata last')) keep(await namesLive(ports, tables));
  const boundMs = isOn(world, 'bound above deadline') ? LIMITS.sweepInFlightMs : LIMITS.sweepInFlightMs / 5;
  const old: string[] = [];
  for (const prefix of [
    ...tables.map((key) => `${ports.root}/${key.replace('.', '/')}/`),
    contractPaths(ports.root, contractName).parked,
  ]) {
    for await (const { uri, lastModifiedMs } of ports.files.list(prefix)) {
      if (ports.clock.nowMs() - lastModifiedMs > boundMs) old.push(uri);
    }
  }
  if (isOn(world, 'sweep honours descriptors')) keep(await namesStaged(ports, contractName));
  if (isOn(world, 'sweep honours entries')) keep(await namesUnapplied(ports, contractName));
  if (isOn(world, 'sweep loads metadata last')) keep(await namesLive(ports, tables));
  for (const uri of old) {
    if (known.has(baseOf(uri))) continue;
    await ports.files.delete(uri);
  }
}

/** Names are unique, and a parked copy keeps the name of its file. */
function baseOf(uri: string): string {
  return uri.slice(uri.lastIndexOf('/') + 1);
}

/** Data files that staged descriptors name. */
async function namesStaged(ports: Ports, contractName: string): Promise<string[]> {
  const names: string[] = [];
  for (const staged of await listStaged({ ports, contractName })) {
    const read = await readStaged({ ports, contractName }, staged);
    if (read.kind === 'read') names.push(...read.descriptor.tables.flatMap(({ files }) => files.map(({ path }) => path)));
  }
  return names;
}

/** Data files of entries that a table is not known to have applied. */
async function namesUnapplied(ports: Ports, contractName: string): Promise<string[]> {
  const ledger = await loadLedger({ ports, contractName });
  const names: string[] = [];
  for (const table of ledger.state.tables.values()) {
    names.push(...Object.values(table.instead));
    for (const n of table.pending) {
      const entry = await loadEntry({ ports, contractName }, ledger, n);
      if (!entry) continue;
      const tables = entry.kind === 'land' ? entry.descriptors.flatMap((one) => one.tables) : 'tables' in entry ? entry.tables : [];
      names.push(...tables.flatMap(({ files }) => files.map(({ path }) => path)));
    }
  }
  return names;
}

/** Everything the tables' metadata names, with all snapshots. */
async function namesLive(ports: Ports, tables: readonly string[]): Promise<string[]> {
  const names: string[] = [];
  for (const key of tables) {
    const loaded = await loadTable(ports, identifierOf(key));
    if (!loaded) continue;
    const { metadata, pointer } = loaded;
    names.push(pointer.metadataLocation, ...metadata['metadata-log'].map((one) => one['metadata-file']));
    for (const snapshot of metadata.snapshots) {
      const list = snapshot['manifest-list'];
      names.push(list);
      for (const manifest of readManifestList(await mustRead(ports, list))) {
        names.push(manifest.path);
        const entries = readManifest(await mustRead(ports, manifest.path), manifest);
        names.push(...entries.filter(({ status }) => status !== 2).map(({ file }) => file.filePath));
      }
    }
  }
  return names;
}

/** A file that is not there any more means that the table moved on: the sweep ends and begins again another time. */
async function mustRead(ports: Ports, uri: string): Promise<Buffer> {
  const bytes = await ports.files.read(uri);
  if (!bytes) throw new SweepEndedError(uri);
  return bytes;
}

export class SweepEndedError extends Error {
  override readonly name = 'SweepEndedError';
  constructor(uri: string) {
    super(`the table moved on while it was read: ${uri}`);
  }
}
