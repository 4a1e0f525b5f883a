// Makes the plugins of the benchmark that need more than a file: programs in Go and Python, a server in Node, a module for
// WebAssembly. Their sources are those of the documentation. Each function returns `{ source }`, or `{ lacks }`, which
// says why there is none.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Returns the first block of a language on a page, or undefined. */
function block(page, language) {
  const path = join(root, 'docs/forms', page);
  if (!existsSync(path)) return undefined;
  return new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(readFileSync(path, 'utf8'))?.[1];
}

/** Runs a tool. Returns what it says when it fails, or why it cannot be run. */
function failureOf(tool, args, options) {
  const { status, error, stderr } = spawnSync(tool, args, { encoding: 'utf8', ...options });
  if (error) return `${tool} is not there`;
  return status === 0 ? undefined : `${tool} failed: ${stderr.trim().slice(-300)}`;
}

/** The program in Go. Its modules come from the proxy, or from the cache of an earlier build. */
export function goProgram(folder) {
  const build = join(folder, 'go');
  const sdk = join(root, 'plugins-go/plughost');
  const name = 'github.com/plughost/plughost/plugins-go/plughost';
  mkdirSync(build);
  writeFileSync(join(build, 'main.go'), block('other-processes.md', 'go'));
  const needed = readFileSync(join(sdk, 'go.mod'), 'utf8').replace(/^module .*/, 'module plughost.bench/contains');
  writeFileSync(join(build, 'go.mod'), `${needed}\nrequire ${name} v0.0.0\n\nreplace ${name} => ${sdk}\n`);
  copyFileSync(join(sdk, 'go.sum'), join(build, 'go.sum'));
  const lacks = failureOf('go', ['build', '-o', 'contains', '.'], { cwd: build });
  return lacks ? { lacks } : { source: `grpc:${join(build, 'contains')}` };
}

/** The program in Python, with the packages that the tests have installed in build/. */
export function pythonProgram(folder) {
  const python = join(root, 'build/remote-peers/python/bin/python');
  if (!existsSync(python))
    return { lacks: 'its packages are not installed; npx vitest run test/forms/program.test.ts does it' };
  const program = join(folder, 'contains.py');
  writeFileSync(program, block('other-processes.md', 'py'));
  const wrapper = join(folder, 'contains-python');
  const path = join(root, 'plugins-python/plughost/src');
  writeFileSync(
    wrapper,
    `#!/bin/sh\nPYTHONPATH='${path}' PYTHONDONTWRITEBYTECODE=1 exec '${python}' '${program}' "$@"\n`,
  );
  chmodSync(wrapper, 0o755);
  return { source: `grpc:${wrapper}` };
}

/** The server in Node, on a free port. It ends with this process. */
export async function nodeServer(folder) {
  const code = block('http.md', 'js');
  if (code === undefined) return { lacks: 'this version has no such form' };
  const program = join(folder, 'contains.mjs');
  writeFileSync(program, code);
  const port = await freePort();
  const child = spawn(process.execPath, [program, String(port)], { stdio: ['ignore', 'ignore', 'inherit'] });
  child.unref();
  process.once('exit', () => child.kill());
  const source = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 500; tries++) {
    const answer = await fetch(`${source}/v1/plugin`).catch(() => undefined);
    if (answer?.ok) return { source };
    await sleep(20);
  }
  return { lacks: 'it did not start' };
}

function freePort() {
  return new Promise((done, fail) => {
    const server = createServer().once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

/** The plugin contains, compiled for WebAssembly as the documentation says. */
export function wasmModule(folder) {
  const command = block('wasm.md', 'sh')
    ?.split('\n')
    .find((line) => line.includes('wasm32'));
  if (command === undefined) return { lacks: 'this version has no such form' };
  const module = join(folder, 'contains.wasm');
  const [zig, ...flags] = command.split(' ').filter((word) => !/NEWPLUGIN_IS_DATA|^large\.c$/.test(word));
  const args = flags.map((word) => (word === 'large.wasm' ? module : word));
  const sources = ['plugins-c/contains/contains.c', 'native/search/finder.c', '-Inative'];
  const lacks = failureOf(zig, [...args, ...sources], { cwd: root });
  return lacks ? { lacks } : { source: module };
}
