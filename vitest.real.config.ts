import { defineConfig } from 'vitest/config'

/** Tests on real control planes, one file after the other: they share three clusters and the machine. */
export default defineConfig({
  test: {
    name: 'real',
    include: [
      'test/real/**/*.real.test.ts',
      'test/*.real.test.ts',
      'test/hub/**/*.real.test.ts',
      'test/tampering/**/*.real.test.ts',
      'src/**/*.real.test.ts',
      'bench/**/*.real.test.ts',
    ],
    // Half an hour of its own: npm run test:mutations.
    exclude: process.env.MUTATIONS ? [] : ['test/tampering/mutations.real.test.ts'],
    globalSetup: ['test/real/global-setup.ts'],
    isolate: false,
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
  },
})
