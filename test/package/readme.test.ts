import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seen } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { blocksBelow } from '../helpers/pages.js';
import { noPackages } from './packed.js';
import { Registry } from './registry.js';
import { noBubblewrap, stranger } from './stranger.js';

const scratch = makeScratch();
const registry = new Registry(join(scratch, 'registry'));
const home = join(scratch, 'home');
const why = noPackages || noBubblewrap;

/** What each command of the section prints, and what it says of failures. */
const PRINTS: Record<string, { stdout: unknown; stderr: unknown }> = {
  'npm install plughost': { stdout: expect.stringMatching(/^\n?added \d+ packages in /), stderr: expect.any(String) },
  'npx plughost list': {
    stdout: expect.stringMatching(
      /^\/home\/stranger\/node_modules\/@plughost\/.*\n(.*\n)* {2}greet {2,}.*\n(.*\n)* {2}regex {2,}/,
    ),
    stderr: 'not in the package: patterns (it needs Hyperscan); docs/install.md says how to build it\n',
  },
  'npx plughost load greet': { stdout: 'Greeting\nHello from plugin\n', stderr: '' },
};

beforeAll(async () => {
  if (why) return;
  for (const folder of [registry.folder, home]) mkdirSync(folder);
  await registry.start();
}, 60_000);
afterAll(() => registry.stop());

describe.skipIf(why)(`README.md's section Install${why}`, () => {
  it('has commands that install plughost in an empty folder without a compiler, and load a first plugin', async () => {
    const [packages, clone, ...rest] = blocksBelow('README.md', 'Install');
    expect([clone?.head, rest]).toEqual([expect.stringMatching(/^npm run demo/), []]);
    const commands = packages?.text.trimEnd().split('\n') ?? [];
    expect(commands).toEqual(Object.keys(PRINTS));
    for (const command of commands) {
      const printed = seen(await stranger(home, command, registry.settings));
      expect({ command, ...printed }).toEqual({ command, status: 0, ...PRINTS[command] });
      expect(printed.stderr).not.toMatch(/^npm error/m);
    }
  });
});
