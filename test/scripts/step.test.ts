import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bash, exec, ROOT, seen } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';

const folder = makeScratch();
const scripts = JSON.stringify(join(ROOT, 'scripts'));

/** Runs a script that uses the steps of the demo. */
async function script(body: string) {
  const file = join(folder, 'script.mjs');
  writeFileSync(
    file,
    `const { step } = await import(${scripts} + '/step.mjs'); const { runProgram } = await import(${scripts} + '/program.mjs');\n${body}`,
  );
  const { status, stdout, stderr } = seen(await exec(process.execPath, [file]));
  return { status, stdout: stdout.replace(/\d+(\.\d+)?(?= s)/g, 'N').replace(/\[ +N/g, '[N'), stderr };
}

/** A build that succeeds or fails, after a progress line for each of many files. */
const build = (end: string) =>
  `await step('Building', (onLine) => runProgram('the build', 'sh', ['-c', \`i=0; while [ $i -lt 2000 ]; do i=$((i + 1)); echo "[$i/2000] Building a.o"; done; ${end}\`], onLine)); console.log('shown');`;

describe('a step of the demo', () => {
  it('says what is done and for how long, and nothing of what the compiler says', async () => {
    expect(await script(build('echo "a.c:1: warning: odd" >&2'))).toEqual({
      status: 0,
      stdout: '[N s] Building\n[N s] Building: done in N s\nshown\n',
      stderr: '',
    });
  });

  it('shows what the compiler says if it fails, without the files that went well, and ends', async () => {
    expect(await script(build('echo "FAILED: a.o"; echo "a.c:1: error: no"; exit 3'))).toEqual({
      status: 1,
      stdout: '[N s] Building\n[N s] Building: failed after N s\n',
      stderr: 'the build failed (status 3):\nFAILED: a.o\na.c:1: error: no\n',
    });
  });

  it('shows the first lines of very many', async () => {
    const { stderr } = await script(
      build('j=0; while [ $j -lt 1000 ]; do j=$((j + 1)); echo "error $j"; done; exit 1'),
    );
    const lines = stderr.trimEnd().split('\n');
    expect(lines.slice(0, 2)).toEqual(['the build failed (status 1):', 'error 1']);
    expect(lines.slice(-2)).toEqual(['error 400', '… and 600 more lines']);
  });

  it('names a program that is not there', async () => {
    const { status, stderr } = await script(
      `await step('Building', () => runProgram('the build', 'no-such-program', []));`,
    );
    expect([status, stderr]).toEqual([1, 'the build failed: spawn no-such-program ENOENT\n']);
  });
});

it('the demo names what is missing before it does anything', async () => {
  const { status, stdout, stderr } = seen(
    await bash(`PATH=${folder} "$NODE" scripts/demo.mjs`, { env: { NODE: process.execPath } }),
  );
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toBe(
    'plughost cannot be built; missing:\n  CMake: apt-get install cmake\n  a C++ compiler: apt-get install g++\n  Ninja or make: apt-get install ninja-build\n',
  );
});
