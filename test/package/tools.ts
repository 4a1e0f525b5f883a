import { join } from 'node:path';
import { exec, ROOT } from '../e2e/command.js';

/** What scripts/package/npm-tools.mjs exports. */
interface NpmTools {
  npmTool(name: string): string;
  LINTERS: Record<'publint' | 'attw', (tarball: string) => string[]>;
}
const { npmTool, LINTERS }: NpmTools = await import(join(ROOT, 'scripts/package/npm-tools.mjs'));

export { LINTERS };

function whyNot(): string {
  // vitest.config.ts hides them from all other processes.
  const { PLUGHOST_TEST_CERTIFICATES: certificates } = process.env;
  if (certificates) process.env.NODE_EXTRA_CA_CERTS = certificates;
  try {
    npmTool('publint');
    return '';
  } catch {
    return ' (skipped: npm cannot install scripts/package/npm-tools)';
  } finally {
    delete process.env.NODE_EXTRA_CA_CERTS;
  }
}

/** Returns why the programs are not there; empty when they are. Installs them first. */
export const noTools: string = whyNot();

/** Runs a program and returns its status and all that it printed. It may ask a registry in this process. */
export async function tool(
  name: string,
  args: string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<[number | null, string]> {
  const { status, stdout, stderr } = await exec(npmTool(name), args, { cwd, env: { ...env, NO_COLOR: '1' } });
  return [status, stdout.toString() + stderr];
}
