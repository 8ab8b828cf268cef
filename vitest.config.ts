import { defineConfig } from 'vitest/config'

/** Unit tests sit beside the code; e2e tests run whole commands. Tests on real control planes: vitest.real.config.ts. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/*.test.ts'],
          exclude: ['**/*.real.test.ts', '**/*.e2e.test.ts'],
          isolate: false,
          pool: 'threads',
          setupFiles: ['test/fast-check.ts'],
          // For a machine that does other things, too: the slowest takes 2 s of its own.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['src/**/*.e2e.test.ts', 'test/e2e/**/*.e2e.test.ts', 'test/hub/**/*.e2e.test.ts'],
          isolate: false,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
})
