import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bash, builtIn, host, type Outcome, seen } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';

const scratch = makeScratch();
const notRoot = process.geteuid?.() === 0 ? '' : ' (skipped: only root can give files away)';

let number = 0;
/** A folder with a library, in which a file is written. */
const noStdout = lstatSync('/dev/stdout', { throwIfNoEntry: false })?.isSymbolicLink()
  ? ''
  : ' (skipped: /dev/stdout is no link here)';

function place(): { folder: string; library: string; file: string; names: () => string[] } {
  const folder = join(scratch, `${number++}`);
  mkdirSync(folder);
  const library = join(folder, 'libgreet.so');
  copyFileSync(builtIn('greet'), library);
  const file = join(folder, 'plugins.lock');
  return { folder, library, file, names: () => readdirSync(folder).sort() };
}

/** A program that does something when the command has written a file and has not yet put it in its place. */
function midway(folder: string, does: string): NodeJS.ProcessEnv {
  const hook = join(folder, '..', `midway-${number++}.cjs`);
  writeFileSync(
    hook,
    `const fs = require('node:fs'); const real = fs.fsyncSync; fs.fsyncSync = (fd) => { real(fd); ${does} };`,
  );
  return { NODE_OPTIONS: `--require ${hook}` };
}

/** The commands that write a file of their own. */
const COMMANDS: [name: string, write: (library: string, file: string, env?: NodeJS.ProcessEnv) => Promise<Outcome>][] =
  [
    ['lock', (library, file, env) => host(['lock', library, '-o', file], { ...(env && { env }) })],
    [
      'bench --html',
      (_, file, env) => {
        const log = join(scratch, 'small.log');
        writeFileSync(log, 'a line\n'.repeat(1000));
        return host(['bench', 'noop', log, '--runs', '1', '--html', file], { ...(env && { env }) });
      },
    ],
  ];

describe.each(COMMANDS)('what host %s writes', (_, write) => {
  it('takes the place of a file as a whole: who reads the old one reads it to its end', async () => {
    const { library, file, names } = place();
    const old = 'old\n'.repeat(10_000);
    writeFileSync(file, old);
    const reader = openSync(file, 'r');
    expect((await write(library, file)).status).toBe(0);
    expect(readFileSync(reader, 'utf8')).toBe(old);
    closeSync(reader);
    expect(readFileSync(file, 'utf8')).toMatch(/^\{|^<!/);
    expect(names()).toEqual(['libgreet.so', 'plugins.lock']);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'leaves nothing beside it when %s comes meanwhile',
    async (signal) => {
      const { folder, library, file, names } = place();
      writeFileSync(file, 'old');
      const outcome = await write(library, file, midway(folder, `process.kill(process.pid, '${signal}')`));
      expect({ signal: outcome.signal, names: names() }).toEqual({ signal, names: ['libgreet.so', 'plugins.lock'] });
      expect(readFileSync(file, 'utf8')).toMatch(/^\{|^<!/);
    },
  );

  it('is there when it is killed before that, or is the old one, never a part', async () => {
    const { folder, library, file } = place();
    writeFileSync(file, 'old');
    expect((await write(library, file, midway(folder, "process.kill(process.pid, 'SIGKILL')"))).signal).toBe('SIGKILL');
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect((await write(library, file)).status).toBe(0);
    expect(readFileSync(file, 'utf8')).toMatch(/^\{|^<!/);
  });

  it('leaves the old file, and nothing beside it, when it cannot be written', async () => {
    const { folder, library, file, names } = place();
    writeFileSync(file, 'old');
    const failing = midway(
      folder,
      "throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO', syscall: 'fsync' })",
    );
    const { status, stderr } = seen(await write(library, file, failing));
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringContaining(`host: write ${file}: i/o error\n`),
    });
    expect({ text: readFileSync(file, 'utf8'), names: names() }).toEqual({
      text: 'old',
      names: ['libgreet.so', 'plugins.lock'],
    });
  });

  it('goes through links, which stay, also where they lead to nothing yet', async () => {
    const { folder, library, file, names } = place();
    mkdirSync(join(folder, 'deep'));
    symlinkSync('second', file);
    symlinkSync('deep/../deep/target', join(folder, 'second'));
    for (const _ of ['made', 'replaced']) {
      expect((await write(library, file)).status).toBe(0);
      expect(readFileSync(join(folder, 'deep/target'), 'utf8')).toMatch(/^\{|^<!/);
      expect([readlinkSync(file), readlinkSync(join(folder, 'second'))]).toEqual(['second', 'deep/../deep/target']);
    }
    expect(names()).toEqual(['deep', 'libgreet.so', 'plugins.lock', 'second']);
  });

  it.skipIf(notRoot)(`does not go through a link of somebody else${notRoot}`, async () => {
    const { folder, library, file } = place();
    const target = join(folder, 'target');
    writeFileSync(target, 'mine');
    symlinkSync(target, file);
    lchownSync(file, 12345, 12345);
    const { status, stderr } = seen(await write(library, file));
    expect([status, readFileSync(target, 'utf8')]).toEqual([2, 'mine']);
    expect(stderr).toContain(
      `host: write ${file}: it is a link of the user 12345, who is neither root nor you\n      name the file that it leads to, if that is the one you mean\n`,
    );
  });
});

describe('a file that a command replaces', () => {
  it('keeps its permissions, and a new one has those of the umask', async () => {
    const { library, file } = place();
    await bash(`umask 027; $HOST lock ${library} -o ${file}`);
    expect(statSync(file).mode & 0o7777).toBe(0o640);
    chmodSync(file, 0o4664);
    await bash(`umask 077; $HOST lock ${library} -o ${file}`);
    expect(statSync(file).mode & 0o7777).toBe(0o664);
  });

  it.skipIf(notRoot)(`keeps its owner where that is allowed${notRoot}`, async () => {
    const { library, file } = place();
    writeFileSync(file, 'old');
    chownSync(file, 12345, 12346);
    await host(['lock', library, '-o', file]);
    const { uid, gid } = statSync(file);
    expect([uid, gid]).toEqual([12345, 12346]);
  });

  it('may have the longest name that there is', async () => {
    const { folder, library } = place();
    const file = join(folder, 'x'.repeat(255));
    expect((await host(['lock', library, '-o', file])).status).toBe(0);
    expect(statSync(file).size).toBeGreaterThan(0);
  });

  it('is none of those that it is made of', async () => {
    const { library } = place();
    const { status, stderr } = seen(await host(['lock', library, '-o', library]));
    expect([status, stderr]).toEqual([2, `host: write ${library}: it is also an input\n      write to another file\n`]);
    expect(readFileSync(library).equals(readFileSync(builtIn('greet')))).toBe(true);
  });

  it('is no device or pipe: those are written as they are', async () => {
    const { folder, library } = place();
    const { stdout, stderr } = await bash(`mkfifo pipe; cat pipe & $HOST lock ${library} -o pipe; wait`, {
      cwd: folder,
    });
    expect(stderr.toString()).toBe('pipe: 1 plugins\n');
    expect(JSON.parse(stdout.toString()).plughost).toMatch(/^plugins\.lock/);
    expect(lstatSync(join(folder, 'pipe')).isFIFO()).toBe(true);
    expect((await host(['lock', library, '-o', '/dev/null'])).status).toBe(0);
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it.skipIf(noStdout)(`is no pipe that a link such as /dev/stdout leads to${noStdout}`, async () => {
    const { library } = place();
    const { stdout, stderr } = await bash(`$HOST lock ${library} -o /dev/stdout | cat`);
    expect(stderr.toString()).toBe('/dev/stdout: 1 plugins\n');
    expect(JSON.parse(stdout.toString()).plughost).toMatch(/^plugins\.lock/);
    expect(lstatSync('/dev/stdout').isSymbolicLink()).toBe(true);
  });
});
