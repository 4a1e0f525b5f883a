// Formats every tracked source file; with --check, only says which files are not formatted and ends with status 1. A
// formatter that is not installed is skipped, and the output says so.
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const checks = process.argv.includes('--check');
const sources = execFileSync('git', ['ls-files', '-z', '*.c', '*.h', '*.cpp', '*.hpp'], {
  cwd: root,
  encoding: 'utf8',
});

const formatters = [
  ['biome', `${root}node_modules/.bin/biome`, ['format', ...(checks ? [] : ['--write']), '.'], root],
  [
    'clang-format',
    'clang-format',
    [...(checks ? ['--dry-run', '-Werror'] : ['-i']), ...sources.split('\0').filter(Boolean)],
    root,
  ],
  ...['plugins-rust', 'plugins-rust/wasm'].map((folder) => [
    'cargo fmt',
    'cargo',
    ['fmt', '--all', ...(checks ? ['--check'] : [])],
    root + folder,
  ]),
];

const isMissing = ([, command, [subcommand]]) =>
  spawnSync(command, command === 'cargo' ? [subcommand, '--version'] : ['--version'], { stdio: 'ignore' }).status !== 0;

for (const formatter of formatters) {
  const [name, command, args, cwd] = formatter;
  if (isMissing(formatter)) {
    console.error(`skipped: ${name} is not installed`);
    continue;
  }
  if (spawnSync(command, args, { cwd, stdio: 'inherit' }).status !== 0) process.exitCode = 1;
}
