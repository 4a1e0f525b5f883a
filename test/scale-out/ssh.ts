// An SSH server on this machine, for its own user alone: on a port of its own, with keys that were made for it.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const SSHD = '/usr/sbin/sshd';

/** Why tests that need a server are skipped, for their titles. Empty if they are not. */
export const withoutSsh =
  existsSync(SSHD) && !spawnSync('ssh', ['-V']).error ? '' : ' (skipped: OpenSSH is not installed, or not its server)';

/** A server that runs until it is disposed of. */
export interface SshServer extends AsyncDisposable {
  /** The configuration of clients, in which the server has the name `elsewhere`. */
  readonly config: string;
}

/** Starts a server whose files are in a folder. */
export async function startSsh(folder: string): Promise<SshServer> {
  const at = (name: string) => join(folder, name);
  for (const key of ['host', 'user'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', key, '-f', at(key)]);
  const port = await freePort();
  writeFileSync(at('authorized'), readFileSync(at('user.pub')), { mode: 0o600 });
  writeFileSync(at('known'), `[127.0.0.1]:${port} ${readFileSync(at('host.pub'), 'utf8')}`);
  // StrictModes asks about every folder above these files, and a folder for temporary files belongs to all.
  const server = `ListenAddress 127.0.0.1:${port}
HostKey ${at('host')}
AuthorizedKeysFile ${at('authorized')}
AllowUsers ${userInfo().username}
AuthenticationMethods publickey
PidFile none
StrictModes no
UsePAM no
MaxStartups 100
MaxSessions 100
`;
  const client = `Host elsewhere
  HostName 127.0.0.1
  Port ${port}
  User ${userInfo().username}
  IdentityFile ${at('user')}
  IdentitiesOnly yes
  UserKnownHostsFile ${at('known')}
  StrictHostKeyChecking yes
  BatchMode yes
`;
  writeFileSync(at('sshd_config'), server);
  writeFileSync(at('ssh_config'), client);
  // A server of root gives up its rights in an empty folder, which a service would make.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const sshd = spawn(SSHD, ['-D', '-e', '-f', at('sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  sshd.stderr.on('data', (part) => {
    said += part;
  });
  while (!(await answers(port))) {
    if (sshd.exitCode !== null) throw new Error(`the SSH server ended: ${said}`);
    await setTimeout(50);
  }
  return { config: at('ssh_config'), [Symbol.asyncDispose]: () => end(sshd) };
}

async function end(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null) return;
  const ended = once(process, 'exit');
  process.kill();
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((done) => {
    socket.once('data', () => done(true)).once('error', () => done(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}
