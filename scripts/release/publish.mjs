// What is published, and in which order.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Returns the commands that publish a release. The packages of systems come first: who installs `plughost` between two
 * commands must find them. The crate comes last, because crates.io takes nothing back.
 * @param packages what readTarball has read
 */
export function publications(packages, version, root) {
  const isMain = ({ manifest }) => manifest.name === 'plughost';
  const ordered = [...packages.filter((one) => !isMain(one)), ...packages.filter(isMain)];
  // A version with a suffix must not become what `npm install plughost` takes.
  const tag = version.includes('-') ? ['--tag', 'next'] : [];
  // npm signs where a package was built, which it can do only in a workflow.
  const provenance = process.env.ACTIONS_ID_TOKEN_REQUEST_URL ? ['--provenance'] : [];
  return [
    ...ordered.map(({ file, manifest }) => ({
      what: `${manifest.name} ${version} on npm`,
      command: ['npm', 'publish', file, '--access', 'public', ...tag, ...provenance],
      there: ['npm', 'view', `${manifest.name}@${version}`, 'dist.integrity'],
      cwd: root,
      file,
    })),
    {
      what: `plughost ${version} on crates.io`,
      command: ['cargo', 'publish', '--locked', '--package', 'plughost'],
      there: ['cargo', 'info', '--quiet', '--registry', 'crates-io', `plughost@${version}`],
      cwd: join(root, 'plugins-rust'),
    },
  ];
}

/**
 * Publishes what is not there yet, so that a release that was interrupted can go on.
 * @throws Error if that fails, or if the registry has other bytes under this version
 */
export function publish({ what, command, there, cwd, file }) {
  const [ask, ...question] = there;
  const { status, stdout } = spawnSync(ask, question, { cwd, encoding: 'utf8' });
  if (status === 0 && stdout.trim() !== '') {
    // cargo does not tell what the registry has.
    if (file !== undefined && stdout.trim() !== integrityOf(file))
      throw new Error(`${what} is there already, with other bytes than ${file}: make a new version`);
    console.log(`${what} is there already`);
    return;
  }
  console.log(`publishing ${what}`);
  const [program, ...args] = command;
  if (spawnSync(program, args, { cwd, stdio: 'inherit' }).status !== 0) throw new Error(`${what} was not published`);
}

/** Returns the checksum of a file as npm writes it. */
const integrityOf = (file) => `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
