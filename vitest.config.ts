import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Libraries stay in a process for good, and a plugin that crashes takes its process along.
    pool: 'forks',
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // What the developer has configured and trusted is not for the tests.
    env: { XDG_CONFIG_HOME: '/nowhere', XDG_STATE_HOME: '/nowhere' },
    // One less by default, which on a machine with two is half of it.
    maxWorkers: '100%',
  },
});
