import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtIn } from '../e2e/command.js';
import { goPlugin, type Program, pythonPlugin } from '../remote/peers/plugins.js';

/** What `--filter` takes for a program, or why this machine has no such program, as the end of a test's title. */
export interface ProgramSource {
  source: string;
  lacks: string;
}

const noAdapter = existsSync(builtIn('grpc')) ? '' : ' (skipped: libgrpc.so is not built)';

/** Writes an executable file of the shell and returns its path. */
export function shell(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Makes a file that needs no arguments and no variables of the host. */
function wrapped(folder: string, name: string, made: Program): ProgramSource {
  if ('missing' in made) return { source: '', lacks: ` (skipped: ${made.missing})` };
  const words = [made.program, ...made.args].map((word) => `'${word}'`).join(' ');
  const variables = Object.entries(made.env).map(([key, value]) => `${key}='${value}'`);
  return { source: `grpc:${shell(folder, name, `${variables.join(' ')} exec ${words} "$@"`)}`, lacks: noAdapter };
}

/** A plugin in Python, by the SDK. */
export const python = (folder: string, name: string, text: string): ProgramSource =>
  wrapped(folder, name, pythonPlugin(name, text));

/** A plugin in Go, by the SDK. */
export const go = (folder: string, name: string, text: string): ProgramSource =>
  wrapped(folder, name, goPlugin(name, text));
