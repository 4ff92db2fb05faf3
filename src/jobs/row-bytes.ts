// The values of a row as bytes that are equal for equal values and for no others: each value says whether it is there, and what has a
// length says it first. Texts and bytes are taken as they are stored. -0.0 differs from 0.0, NaN equals NaN.

import { structSlots } from '../column-cells.ts';
import { type ColumnSet, isPresent, type Layout } from '../columns.ts';

/** Gathers the bytes of one row after the other in a buffer of its own. */
export class RowBytes {
  #buffer = Buffer.allocUnsafe(1024);
  #used = 0;

  clear(): void {
    this.#used = 0;
  }

  /** Valid until more is added. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#used);
  }

  addText(text: string): void {
    this.#addBytes(Buffer.from(text, 'utf8'));
  }

  /** The value of a slot, with all that is below it. */
  addCell(set: ColumnSet, layout: Layout, { slot, row }: { readonly slot: number; readonly row: number }): void {
    const isThere = isPresent(set, slot, row);
    this.#addByte(isThere ? 1 : 0);
    if (!isThere) return;
    const column = set.columns[slot]!;
    switch (column.kind) {
      case 'bool':
        this.#addByte(column.v[row]!);
        return;
      case 'i32':
      case 'f64':
        this.#addDouble(column.v[row]!);
        return;
      case 'i64':
        this.#used = this.#room(8).writeBigInt64LE(column.v[row]!, this.#used);
        return;
      case 'view':
        this.#addBytes(set.bytes.subarray(column.start[row]!, column.start[row]! + column.length[row]!));
        return;
      case 'struct':
        for (const child of structSlots(layout, layout.slots[slot]!)) this.addCell(set, layout, { slot: child, row });
        return;
      case 'list':
      case 'map': {
        const child = layout.slots[slot]!.child!;
        const [start, length] = [column.start[row]!, column.length[row]!];
        this.#addDouble(length);
        for (let i = 0; i < length; i++) for (const one of child.top) this.addCell(column.child, child, { slot: one, row: start + i });
        return;
      }
    }
  }

  #addByte(value: number): void {
    this.#used = this.#room(1).writeUInt8(value, this.#used);
  }

  #addDouble(value: number): void {
    this.#used = this.#room(8).writeDoubleLE(value, this.#used);
  }

  #addBytes(bytes: Uint8Array): void {
    this.#addDouble(bytes.length);
    this.#room(bytes.length).set(bytes, this.#used);
    this.#used += bytes.length;
  }

  #room(bytes: number): Buffer {
    if (this.#used + bytes <= this.#buffer.length) return this.#buffer;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#used + bytes));
    this.#buffer.copy(larger, 0, 0, this.#used);
    this.#buffer = larger;
    return larger;
  }
}
