import { configDefaults, defineConfig } from 'vitest/config';

// npm run test:fast: what most changes break, in less than a minute. Left out are the tests of the whole command and
// those that take many seconds; npm test runs all.
const fast = {
  include: [
    'test/{arguments,boundary,cli,contract,engine,inspect,loader,pipeline}/**/*.test.ts',
    'test/{errors,rooms}.test.ts',
    'test/e2e/{help,list,load}.test.ts',
  ],
  exclude: [
    ...configDefaults.exclude,
    'test/boundary/{hostile,inside-plugin}.test.ts',
    'test/cli/completions.test.ts',
    'test/contract/{abi,cmake-alone,documentation,find-package,library,plugins-c,writing-plugins-c}.test.ts',
    'test/engine/{compressed,places,print}.test.ts',
    'test/inspect/{elf-damaged,mutation,system}.test.ts',
    'test/loader/{lifetime,loader-refusals,needed-files,restarts,shared-symbols,soak}.test.ts',
    'test/loader/plugin/plugin.test.ts',
    'test/pipeline/replacing-file.test.ts',
  ],
};

// npm run smoke: what depends most on the version of Node. That is how addons are loaded and koffi finds its binary, the
// compiled form of the command, streams, worker threads, how a process ends, and the words of Node's own errors.
const smoke = {
  include: [
    'test/{alone,files}/**/*.test.ts',
    'test/boundary/queued-calls.test.ts',
    'test/e2e/{list,load}.test.ts',
    'test/e2e/start/*.test.ts',
    'test/loader/{executable-memory,isolated-start,library,loader-refusals}.test.ts',
    'test/pipeline/stream.test.ts',
  ],
};

export default defineConfig({
  test: {
    // A library stays loaded until its process ends, and a plugin that crashes ends the process.
    pool: 'forks',
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // The tests must not depend on the developer's own configuration.
    env: { XDG_CONFIG_HOME: '/nowhere', XDG_STATE_HOME: '/nowhere' },
    // The default is one worker less than processors: half of a machine with two.
    maxWorkers: '100%',
    ...(process.env.PLUGHOST_FAST ? fast : {}),
    ...(process.env.PLUGHOST_SMOKE ? smoke : {}),
  },
});
