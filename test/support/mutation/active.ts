// Which mutant of the loaded sources is in force; 0: none. While it records, every place that could be changed notes that it was reached.

export const active = { id: 0, reached: undefined as Set<number> | undefined };

/** Is the mutant at this place in force? */
export function isActive(id: number): boolean {
  active.reached?.add(id);
  return active.id === id;
}
