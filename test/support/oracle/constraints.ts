// The oracle's constraints over plain cell values.
import type { Constraint } from '../../../src/contract/compiled.ts';
import type { CellValue, IcebergType } from '../../../src/contract/types.ts';

export function constraintHolds(constraint: Constraint, value: CellValue, type: IcebergType): boolean {
  const size = typeof value === 'string' ? [...value].length : (value as readonly unknown[] | Uint8Array).length;
  switch (constraint.kind) {
    case 'minLength':
      return size >= constraint.codePoints;
    case 'maxLength':
      return size <= constraint.codePoints;
    case 'pattern':
      return new RegExp(constraint.pattern, 'u').test(value as string);
    case 'minimum':
      return (value as bigint) >= constraint.bound;
    case 'maximum':
      return (value as bigint) <= constraint.bound;
    case 'exclusiveMinimum':
      return (value as bigint) > constraint.bound;
    case 'exclusiveMaximum':
      return (value as bigint) < constraint.bound;
    case 'multipleOf':
      if (type === 'double' || type === 'float') throw new Error('the oracle divides no doubles');
      return BigInt(value as bigint) % BigInt(constraint.divisor) === 0n;
    case 'validValues':
      return constraint.values.some((valid) => valid === value || String(valid) === String(value));
    case 'minItems':
      return size >= constraint.items;
    case 'maxItems':
      return size <= constraint.items;
    case 'uniqueItems':
      return new Set((value as readonly CellValue[]).map(keyOf)).size === size;
  }
}

function keyOf(value: CellValue): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? `${each}n` : Object.is(each, -0) ? 0 : each));
}
