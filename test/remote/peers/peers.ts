import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../e2e/command.js';

/** A program that tests use, or why there is none. */
export type Peer = { path: string } | { missing: string };

const FOLDER = join(ROOT, 'build/remote-peers');

const failed = (error: unknown): string =>
  String((error as { stderr?: unknown }).stderr ?? error)
    .trim()
    .slice(-300);

/** The oldest Go that can build go-plugin 1.8. */
const [LEAST_MAJOR, LEAST_MINOR] = [1, 24];

function missingGo(): string | undefined {
  const { stdout, error } = spawnSync('go', ['version'], { encoding: 'utf8' });
  if (error) return 'there is no Go toolchain (go)';
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(stdout) ?? [];
  const enough = Number(major) > LEAST_MAJOR || Number(minor) >= LEAST_MINOR;
  return enough ? undefined : `Go ${major}.${minor} is older than ${LEAST_MAJOR}.${LEAST_MINOR}`;
}

/**
 * Builds a module of Go once, and again when its files have changed. Its modules come from the proxy, so a machine
 * without it has no such program.
 */
export function goProgram(name: string, folder: string, ...more: string[]): Peer {
  const missing = missingGo();
  if (missing) return { missing };
  const hash = createHash('sha256');
  for (const one of [folder, ...more]) {
    for (const file of readdirSync(one, { recursive: true, encoding: 'utf8' }).sort()) {
      if (/\.(go|mod|sum)$/.test(file)) hash.update(file).update(readFileSync(join(one, file)));
    }
  }
  const path = join(FOLDER, `${name}-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(path)) return { path };
  mkdirSync(FOLDER, { recursive: true });
  const temporary = `${path}.${process.pid}`;
  try {
    execFileSync('go', ['build', '-o', temporary, '.'], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    return { missing: `the Go program could not be built: ${failed(error)}` };
  }
  for (const old of readdirSync(FOLDER))
    if (old.startsWith(`${name}-`) && !old.includes('.')) rmSync(join(FOLDER, old));
  renameSync(temporary, path);
  return { path };
}

/** The packages that plugins in Python need. */
const PACKAGES = ['grpcio==1.85.3', 'protobuf==7.36.2', 'cryptography==50.0.2'];

/** Returns a Python that has gRPC: an environment of its own in build/, made once. */
export function python(): Peer {
  const folder = join(FOLDER, 'python');
  const path = join(folder, 'bin/python');
  const done = join(folder, 'installed');
  if (existsSync(done)) return { path };
  if (spawnSync('python3', ['--version']).error) return { missing: 'there is no Python (python3)' };
  const temporary = `${folder}.${process.pid}`;
  try {
    execFileSync('python3', ['-m', 'venv', temporary], { stdio: 'pipe' });
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES];
    execFileSync(join(temporary, 'bin/python'), pip, { stdio: 'pipe' });
    mkdirSync(join(temporary, 'installed'));
    // Another test file may have made it meanwhile.
    if (!existsSync(done)) renameSync(temporary, folder);
    return { path };
  } catch (error) {
    return { missing: `the packages of Python could not be installed: ${failed(error)}` };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** A stranger's program of go-plugin. */
export const goPeer = (): Peer => goProgram('echo', join(import.meta.dirname, 'go'));

/** The word that the title of tests gets when a peer is missing. */
export const skippedFor = (peer: Peer): string => ('missing' in peer ? ` (skipped: ${peer.missing})` : '');
