import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inPairs } from './command.js';
import { LOG, untrusted, user } from './user.js';

describe('host trust', () => {
  it('lets the file be used as it is, until it changes', async () => {
    const { config, there, write, project } = user();
    write(config, { inputs: ['log'], stages: [{ filter: 'contains', params: { text: 'o' } }], 'line-number': true });
    expect(await there(['trust'])).toEqual({ status: 0, stdout: '', stderr: `${config}: trusted\n` });
    expect(await there(['run'])).toEqual({ status: 0, stdout: '1:one\n2:two\n', stderr: '' });
    expect((await there(['run', '--filter', 'contains', '-p', 'text=th'])).stdout).toBe('3:three\n');
    expect((await there(['run', '--no-line-number'])).stdout).toBe('one\ntwo\n');
    expect(await there(['trust', '--list'])).toEqual({ status: 0, stdout: `${config}  trusted\n`, stderr: '' });
    appendFileSync(config, ' ');
    const changed = {
      status: 2,
      stdout: '',
      stderr: `host: trust ${config}: it was changed since you trusted it\n      look at it, then: plughost trust; or go without it: --no-config\n`,
    };
    expect(await there(['run'])).toEqual(changed);
    expect((await there(['trust', '--list'])).stdout).toBe(`${config}  changed since\n`);
    expect((await there(['run', 'log', '--no-config'])).stdout).toBe(LOG);
    expect((await there(['trust', project], '/')).status).toBe(0);
    expect((await there(['run'])).stdout).toBe('1:one\n2:two\n');
    expect(await there(['trust', '--remove'])).toEqual({
      status: 0,
      stdout: '',
      stderr: `${config}: not trusted any more\n`,
    });
    expect(await there(['run', 'log'])).toEqual({ status: 0, stdout: LOG, stderr: untrusted });
    expect(await there(['trust', '--remove', config])).toEqual({
      status: 2,
      stdout: '',
      stderr: `host: trust: ${config} is not trusted\n      see: plughost trust --list\n`,
    });
  });

  it('is of one path: a copy elsewhere must be trusted as well', async () => {
    const { config, there, write, home } = user();
    const other = join(home, 'other');
    mkdirSync(other);
    write(config, { count: true });
    write(join(other, 'host.config.json'), { count: true });
    writeFileSync(join(other, 'log'), LOG);
    await there(['trust']);
    expect(await there(['run', 'log'], other)).toEqual({ status: 0, stdout: LOG, stderr: untrusted });
    rmSync(join(other, 'host.config.json'));
    symlinkSync(config, join(other, 'host.config.json'));
    expect((await there(['run', 'log'], other)).stdout).toBe(LOG);
    // Through a link to its folder it has the same real path.
    symlinkSync(other, join(home, 'link'));
    rmSync(join(other, 'host.config.json'));
    write(join(other, 'host.config.json'), { count: true });
    expect((await there(['trust', join(home, 'link')])).stderr).toBe(`${join(other, 'host.config.json')}: trusted\n`);
    expect((await there(['run', 'log'], join(home, 'link'))).stdout).toBe('3\n');
  });

  it('refuses what could not be used, and what others may change', async () => {
    const { config, there, write, home, project, trusted } = user();
    const refused = async (stderr: string, ...args: string[]) =>
      expect(await there(['trust', ...args])).toEqual({ status: 2, stdout: '', stderr: `host: ${stderr}\n` });
    await refused(`read the configuration ${config}: no such file or directory`);
    write(config, { worker: 1 });
    await refused(`read the configuration ${config}: there is no worker\n      did you mean workers?`);
    write(config, { output: 'x' });
    await refused(
      `read the configuration ${config}: output: a file that nobody has named may not say this\n      say --output on the command line, or name the file there: --config ${config}`,
    );
    write(config, '{');
    expect((await there(['trust'])).stderr).toMatch(/^host: read the configuration .*JSON/);
    write(config, {});
    chmodSync(config, 0o646);
    await refused(
      `trust ${config}: ${config} may be written by everybody (mode 646)\n      to use it anyway, name it with --config FILE`,
    );
    const other = write(join(home, 'other.json'), {});
    await refused(
      `trust: ${other}: only a host.config.json is looked for, and needs to be trusted\n      any other file is named: plughost run --config FILE`,
      other,
    );
    rmSync(config);
    symlinkSync(other, config);
    await refused(`trust ${config}: it is a link\n      name the file that it leads to with --config FILE`);
    rmSync(config);
    execFileSync('mkfifo', [config]);
    await refused(`trust ${config}: it is no regular file\n      only a regular file is read`, project);
    expect(existsSync(trusted)).toBe(false);
  });

  it('keeps what is trusted where only the user may write, and believes nothing else', async () => {
    const { config, there, write, trusted } = user();
    write(config, { count: true });
    expect((await there(['trust'])).status).toBe(0);
    const [entry = ''] = readdirSync(trusted);
    expect([statSync(trusted).mode & 0o777, statSync(join(trusted, entry)).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(JSON.parse(readFileSync(join(trusted, entry), 'utf8'))).toEqual({
      plughost: 'trusted/1',
      path: config,
      sha256: createHash('sha256').update(readFileSync(config)).digest('hex'),
    });
    chmodSync(trusted, 0o777);
    expect(await there(['run', 'log'])).toEqual({
      status: 2,
      stdout: '',
      stderr: `host: trust ${join(trusted, entry)}: ${trusted} may be written by everybody (mode 777)\n      mend it with: chmod go-w ${trusted}\n`,
    });
    expect((await there(['trust'])).status).toBe(2);
    chmodSync(trusted, 0o700);
    writeFileSync(join(trusted, entry), '{}');
    expect((await there(['run', 'log'])).stderr).toContain(`host: trust ${join(trusted, entry)}: it is damaged\n`);
    expect((await there(['trust'])).status).toBe(0);
    expect((await there(['run', 'log'])).stdout).toBe('3\n');
  });

  it('forgets nothing when many are trusted at once', async () => {
    const { home, there, write } = user();
    const folders = Array.from({ length: 8 }, (_, i) => join(home, `p${i}`));
    for (const folder of folders) {
      mkdirSync(folder);
      write(join(folder, 'host.config.json'), {});
    }
    await inPairs(folders, (folder) => there(['trust'], folder));
    const { stdout } = await there(['trust', '--list']);
    expect(stdout).toBe(folders.map((folder) => `${join(folder, 'host.config.json')}  trusted\n`).join(''));
    rmSync(folders[0] as string, { recursive: true });
    expect((await there(['trust', '--list'])).stdout).toContain('gone\n');
  });

  it('does not make a file say what none may say', async () => {
    const { config, there, write, trusted, home } = user();
    write(config, { count: true });
    await there(['trust']);
    const [entry = ''] = readdirSync(trusted);
    const victim = write(join(home, 'victim'), 'mine');
    write(config, { output: victim });
    const sha256 = createHash('sha256').update(readFileSync(config)).digest('hex');
    write(join(trusted, entry), { plughost: 'trusted/1', path: config, sha256 });
    expect((await there(['run', 'log'])).stderr).toContain('output: a file that nobody has named may not say this');
    expect(readFileSync(victim, 'utf8')).toBe('mine');
  });
});
