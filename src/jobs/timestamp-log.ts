// Offsets with their timestamps and the contents of their rows, gathered in any order and with repeats, in growing columns of doubles:
// millions of them cost 32 bytes each.
import { ROW, type RowContent } from '../ledger/match-contents.ts';

export interface FinishedLog {
  readonly offsets: Float64Array;
  readonly timestampsMs: Float64Array;
  /** ROW.unknown for those of which none was told. */
  readonly contents: Float64Array;
  readonly contents2: Float64Array;
}

/** Gathers; `finish` gives each offset once, ascending, with the timestamp and the content that were told of it first. */
export class TimestampLog {
  #offsets = new Float64Array(1024);
  #timestampsMs = new Float64Array(1024);
  #contents = new Float64Array(1024);
  #contents2 = new Float64Array(1024);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(offset: number, timestampMs: number, [content, content2]: RowContent = UNKNOWN): void {
    if (this.#count === this.#offsets.length) {
      this.#offsets = doubled(this.#offsets);
      this.#timestampsMs = doubled(this.#timestampsMs);
      this.#contents = doubled(this.#contents);
      this.#contents2 = doubled(this.#contents2);
    }
    this.#offsets[this.#count] = offset;
    this.#timestampsMs[this.#count] = timestampMs;
    this.#contents[this.#count] = content;
    this.#contents2[this.#count] = content2;
    this.#count++;
  }

  finish(): FinishedLog {
    const order = Uint32Array.from({ length: this.#count }, (_, i) => i).sort((a, b) => this.#offsets[a]! - this.#offsets[b]! || a - b);
    const kept = order.filter((at, i) => i === 0 || this.#offsets[at] !== this.#offsets[order[i - 1]!]);
    return {
      offsets: Float64Array.from(kept, (at) => this.#offsets[at]!),
      timestampsMs: Float64Array.from(kept, (at) => this.#timestampsMs[at]!),
      ...this.#firstContents(order, kept.length),
    };
  }

  #firstContents(order: Uint32Array, kept: number): Pick<FinishedLog, 'contents' | 'contents2'> {
    const contents = new Float64Array(kept).fill(ROW.unknown);
    const contents2 = new Float64Array(kept);
    let place = -1;
    for (const [i, at] of order.entries()) {
      if (i === 0 || this.#offsets[at] !== this.#offsets[order[i - 1]!]) place++;
      if (contents[place] !== ROW.unknown) continue;
      contents[place] = this.#contents[at]!;
      contents2[place] = this.#contents2[at]!;
    }
    return { contents, contents2 };
  }
}

const UNKNOWN: RowContent = [ROW.unknown, 0];

function doubled(column: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(column.length * 2);
  larger.set(column);
  return larger;
}
