// A growing buffer with Avro's binary primitives. Source: Apache Avro specification, "Binary Encoding".

const SAFE_LOW = 0x7fff_ffff;

export class AvroSink {
  #buffer = Buffer.allocUnsafe(16 * 1024);
  #used = 0;

  get length(): number {
    return this.#used;
  }

  /** The bytes written so far; valid until the next write. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#used);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#used++] = value;
  }

  /** int and long: zig-zag, seven bits a byte, the low ones first. */
  long(value: number | bigint): void {
    this.#reserve(10);
    if (typeof value === 'number' && value >= -SAFE_LOW && value <= SAFE_LOW) {
      this.#small(value >= 0 ? value * 2 : -value * 2 - 1);
      return;
    }
    let zigzag = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
    for (; zigzag >= 0x80n; zigzag >>= 7n) this.#buffer[this.#used++] = Number(zigzag & 0x7fn) | 0x80;
    this.#buffer[this.#used++] = Number(zigzag);
  }

  float(value: number): void {
    this.#reserve(4);
    this.#used = this.#buffer.writeFloatLE(value, this.#used);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#used = this.#buffer.writeDoubleLE(value, this.#used);
  }

  /** Bytes without a length: fixed. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** Length, then the bytes: bytes and string. */
  sized(bytes: Uint8Array): void {
    this.long(bytes.length);
    this.raw(bytes);
  }

  text(value: string): void {
    this.sized(Buffer.from(value, 'utf8'));
  }

  #small(zigzag: number): void {
    while (zigzag >= 0x80) {
      this.#buffer[this.#used++] = (zigzag & 0x7f) | 0x80;
      zigzag = Math.floor(zigzag / 128);
    }
    this.#buffer[this.#used++] = zigzag;
  }

  #reserve(more: number): void {
    if (this.#used + more <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#used + more));
    this.#buffer.copy(grown, 0, 0, this.#used);
    this.#buffer = grown;
  }
}
