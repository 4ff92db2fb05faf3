// Offsets with their timestamps, gathered in any order and with repeats, in two growing columns of doubles: millions of them cost 16
// bytes each.

/** Gathers; `finish` gives each offset once, ascending. */
export class TimestampLog {
  #offsets = new Float64Array(1024);
  #timestampsMs = new Float64Array(1024);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(offset: number, timestampMs: number): void {
    if (this.#count === this.#offsets.length) {
      this.#offsets = doubled(this.#offsets);
      this.#timestampsMs = doubled(this.#timestampsMs);
    }
    this.#offsets[this.#count] = offset;
    this.#timestampsMs[this.#count] = timestampMs;
    this.#count++;
  }

  finish(): { readonly offsets: Float64Array; readonly timestampsMs: Float64Array } {
    const order = Uint32Array.from({ length: this.#count }, (_, i) => i).sort((a, b) => this.#offsets[a]! - this.#offsets[b]! || a - b);
    const kept = order.filter((at, i) => i === 0 || this.#offsets[at] !== this.#offsets[order[i - 1]!]);
    return {
      offsets: Float64Array.from(kept, (at) => this.#offsets[at]!),
      timestampsMs: Float64Array.from(kept, (at) => this.#timestampsMs[at]!),
    };
  }
}

function doubled(column: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(column.length * 2);
  larger.set(column);
  return larger;
}
