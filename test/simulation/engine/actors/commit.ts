// Committers: the real job, rung for a contract.
import { commitContract } from '../../../../src/jobs/commit-contract.ts';
import type { Process } from '../process.ts';
import type { SimWorld } from '../world.ts';

export async function commitSome(world: SimWorld, process: Process): Promise<void> {
  await commitContract({ ports: process.ports, contractName: world.random.pick(world.contracts), deadline: process.deadline });
}
