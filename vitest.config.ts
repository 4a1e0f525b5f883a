import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Libraries stay in a process for good, and a plugin that crashes takes its process along.
    pool: 'forks',
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // One less by default, which on a machine with two is half of it.
    maxWorkers: '100%',
  },
});
