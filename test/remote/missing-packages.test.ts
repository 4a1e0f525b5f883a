import { copyFileSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { exec, ROOT, seen } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';

const scratch = makeScratch();

/** Installs plughost with these packages and nothing else, and returns what a start of a program says. */
async function startWith(name: string, packages: readonly string[], options: string) {
  const folder = join(scratch, name);
  mkdirSync(join(folder, 'dist'), { recursive: true });
  const parts = readdirSync(join(ROOT, 'dist')).filter((file) => file.endsWith('.js'));
  for (const file of ['package.json', ...parts.map((part) => `dist/${part}`)]) {
    copyFileSync(join(ROOT, file), join(folder, file));
  }
  // What these packages need is found where they really are.
  for (const one of packages) {
    mkdirSync(dirname(join(folder, 'node_modules', one)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', one), join(folder, 'node_modules', one));
  }
  symlinkSync(join(ROOT, 'build'), join(folder, 'build'));
  const code = `import { launchGoPlugin } from ${JSON.stringify(pathToFileURL(join(folder, 'dist/index.js')).href)};
    const options = { program: '/bin/false', cookie: { key: 'C', value: 'v' }, versions: [1], ${options} };
    await launchGoPlugin(options).catch(({ code, message, hint }) => console.log(\`\${code}\\n\${message}\\n\${hint}\`));`;
  return seen(await exec(process.execPath, ['--input-type=module', '-e', code], { cwd: folder }));
}

test('without grpc-js a start says what to install', async () => {
  expect(await startWith('without-grpc', ['koffi'], '')).toEqual({
    status: 0,
    stdout: `ERR_PACKAGE_MISSING
load what a plugin in a process of its own needs: @grpc/grpc-js cannot be imported
install what is missing: npm install @grpc/grpc-js
`,
    stderr: '',
  });
});

test('without the package for certificates only TLS says what to install', async () => {
  const { stdout } = await startWith('plain', ['koffi', '@grpc/grpc-js'], '');
  expect(stdout).toMatch(/^ERR_HANDSHAKE\n/);
  expect(await startWith('without-x509', ['koffi', '@grpc/grpc-js'], 'tls: true')).toEqual({
    status: 0,
    stdout: `ERR_PACKAGE_MISSING
load what TLS to a plugin needs: @peculiar/x509, reflect-metadata cannot be imported
install what is missing: npm install @peculiar/x509 reflect-metadata
`,
    stderr: '',
  });
});
