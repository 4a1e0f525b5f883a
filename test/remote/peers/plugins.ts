import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../e2e/command.js';
import { blocksOf } from '../../helpers/pages.js';
import { goProgram, type Peer, python } from './peers.js';

const SDK = join(ROOT, 'plugins-go/plughost');
const MODULE = 'github.com/plughost/plughost/plugins-go/plughost';

/** A program and its arguments, or why there is none. */
export type Program = { program: string; args: string[]; env: Record<string, string> } | { missing: string };

/** Writes a source into a folder of its own. */
function sourceFolder(name: string, file: string, text: string): string {
  const folder = join(ROOT, 'build/remote-peers/source', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, file), text);
  return folder;
}

/** Builds a program with the SDK for Go. */
export function goPlugin(name: string, source: string): Program {
  const folder = sourceFolder(name, 'main.go', source);
  // What `go mod tidy` would write, which needs the proxy.
  const needed = readFileSync(join(SDK, 'go.mod'), 'utf8').replace(/^module .*/, `module plughost.test/${name}`);
  const module = `${needed}\nrequire ${MODULE} v0.0.0\n\nreplace ${MODULE} => ${SDK}\n`;
  writeFileSync(join(folder, 'go.mod'), module);
  copyFileSync(join(SDK, 'go.sum'), join(folder, 'go.sum'));
  const peer: Peer = goProgram(name, folder, SDK);
  return 'missing' in peer ? peer : { program: peer.path, args: [], env: {} };
}

/** A program with the SDK for Python, as it is in the project. */
export function pythonPlugin(name: string, source: string): Program {
  const interpreter = python();
  if ('missing' in interpreter) return interpreter;
  const folder = sourceFolder(name, 'plugin.py', source);
  return {
    program: interpreter.path,
    args: [join(folder, 'plugin.py')],
    env: { PYTHONPATH: join(ROOT, 'plugins-python/plughost/src'), PYTHONDONTWRITEBYTECODE: '1' },
  };
}

/** The program of the documentation that is written in a language. */
export const documented = (language: string): string =>
  blocksOf('docs/forms/other-processes.md').find((block) => block.language === language)?.text ?? '';
