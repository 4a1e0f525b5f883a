import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

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

/** The files that take longest. */
const LONG =
  /\/(misbehaving|ripgrep|values|soak|starved|memory|drill|patterns|parity|sandbox-policy|system)\.test\.ts$/;

/** Starts the longest files first; otherwise one of them runs alone at the end. Vitest knows them from an earlier run. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

// Node reads the certificates that this variable names at each start, some 30 ms for those of a whole system, and the tests
// start it thousands of times. Only npm needs them, where it asks a registry: test/package/tools.ts.
const { NODE_EXTRA_CA_CERTS: certificates } = process.env;
if (certificates) {
  process.env.PLUGHOST_TEST_CERTIFICATES = certificates;
  delete process.env.NODE_EXTRA_CA_CERTS;
}

export default defineConfig({
  test: {
    // A library stays loaded until its process ends, and a plugin that crashes ends the process.
    pool: 'forks',
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // The tests must not depend on the developer's own configuration.
    env: { XDG_CONFIG_HOME: '/nowhere', XDG_STATE_HOME: '/nowhere' },
    // More than processors, because many tests wait for a process or for a time to pass.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    sequence: { sequencer: LongestFirst },
    ...(process.env.PLUGHOST_FAST ? fast : {}),
    ...(process.env.PLUGHOST_SMOKE ? smoke : {}),
  },
});
