// A world as it is, once more: what a test sets up once and then lets end in many ways.
import { MemoryWorld } from './world.ts';

/** Objects, pointers and time; not what is still to take effect. */
export function copyWorld(world: MemoryWorld): MemoryWorld {
  const copy = new MemoryWorld({ startMs: world.nowMs(), catalog: world.catalogKind });
  for (const [uri, object] of world.objects) copy.objects.set(uri, object);
  for (const [key, row] of world.tables) copy.tables.set(key, row);
  for (const namespace of world.namespaces) copy.namespaces.add(namespace);
  copy.uuidsMade = world.uuidsMade;
  return copy;
}
