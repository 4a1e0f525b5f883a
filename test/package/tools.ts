import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec, ROOT } from '../e2e/command.js';

const source = join(import.meta.dirname, 'tools');
const folder = join(ROOT, 'build/tools/npm');
const LOCK = 'package-lock.json';

/** Installs the programs of tools/ into build/tools/npm, unless they are there. */
function install(): void {
  const locked = join(folder, LOCK);
  if (existsSync(join(folder, 'node_modules/.bin')) && readFileSync(locked).equals(readFileSync(join(source, LOCK))))
    return;
  mkdirSync(folder, { recursive: true });
  for (const name of ['package.json', LOCK]) copyFileSync(join(source, name), join(folder, name));
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: 'pipe',
  });
}

function whyNot(): string {
  try {
    install();
    return '';
  } catch {
    return ' (skipped: npm cannot install test/package/tools)';
  }
}

/** Returns why the programs are not there; empty when they are. Installs them first. */
export const noTools: string = whyNot();

/** Returns the path of a program. */
export const toolPath = (name: string): string => join(folder, 'node_modules/.bin', name);

/** Runs a program and returns its status and all that it printed. It may ask a registry in this process. */
export async function tool(
  name: string,
  args: string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<[number | null, string]> {
  const { status, stdout, stderr } = await exec(toolPath(name), args, { cwd, env: { ...env, NO_COLOR: '1' } });
  return [status, stdout.toString() + stderr];
}
