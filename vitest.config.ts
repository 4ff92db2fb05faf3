// Test projects, one per kind of promise: what a project is for is said in AGENTS.md and in the folder of its name.
import { defineConfig } from 'vitest/config';

const SUITES = ['unit', 'property', 'golden', 'conformance', 'fault', 'simulation', 'infra'] as const;

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: SUITES.map((name) => ({
      test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout: 60_000, hookTimeout: 60_000 },
    })),
  },
});
