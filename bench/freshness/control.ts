// How long a timer of this machine is late while nothing of ours uses it: what part of a latency is the machine's own. Prints one JSON
// line when its standard input ends.
const TICK_MS = 10;
const late: number[] = [];
let expected = performance.now() + TICK_MS;
setInterval(() => {
  const now = performance.now();
  late.push(Math.max(0, now - expected));
  expected = now + TICK_MS;
}, TICK_MS);
process.stdin.resume();
process.stdin.once('end', () => {
  const sorted = late.sort((a, b) => a - b);
  const at = (share: number) => Math.round((sorted[Math.floor((sorted.length - 1) * share)] ?? 0) * 10) / 10;
  process.stdout.write(`${JSON.stringify({ p50: at(0.5), p99: at(0.99), max: at(1) })}\n`);
  process.exit(0);
});
