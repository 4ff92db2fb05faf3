// The REST interop tests: one file at a time, against the endpoint run.ts gives them.
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: join(import.meta.dirname, '../../..'),
  test: { name: 'interop-rest', include: ['test/interop/rest/*.interop.ts'], testTimeout: 120_000, hookTimeout: 60_000, maxWorkers: 1 },
});
