import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, seen } from '../e2e/command.js';
import { inPackage, pythonTests, withoutSpark } from './pyspark.js';

/** npm run drill:spark */
const isDrill = process.env.PLUGHOST_SPARK === 'cluster';

describe.skipIf(withoutSpark)(`plughost_spark${withoutSpark}`, () => {
  it('has no wrong types', { timeout: 120_000 }, async () => {
    const cache = join(ROOT, 'build/tools/mypy-cache');
    mkdirSync(cache, { recursive: true });
    expect(seen(await inPackage('mypy', '--cache-dir', cache))).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^Success: no issues found in \d+ source files\n$/),
      stderr: '',
    });
  });

  it('makes the bytes of one machine with local[2], and says what goes wrong', { timeout: 240_000 }, async () => {
    const passed = await pythonTests('tests.test_commands', 'tests.test_local');
    expect(passed).toEqual(expect.arrayContaining(['has_the_bytes_of_one_machine_after_a_tree_of_merges']));
  });

  it.runIf(isDrill)(
    'makes the same bytes with local-cluster[2,1,1024], after commands and executors were killed',
    { timeout: 900_000 },
    async () => {
      const passed = await pythonTests('tests.test_cluster');
      expect(passed).toEqual(
        expect.arrayContaining(['does_again_what_was_killed', 'does_again_what_an_executor_did_that_was_killed']),
      );
    },
  );
});
