// Users with a home and a project of their own, for tests of what plughost reads there.
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, makeScratch, pluginSource } from '../helpers/compile.js';
import { exec, HOST, seen } from './command.js';

export const scratch = makeScratch();
chmodSync(scratch, 0o755);
export const isRoot = process.geteuid?.() === 0;
export const NOBODY = 65534;
export const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', HOST] as const;
export const noNobody =
  isRoot && spawnSync('setpriv', [...asNobody.slice(1), '--version']).status === 0
    ? ''
    : ' (skipped: that takes root, setpriv, and a folder that all may read)';

let number = 0;
/** Makes a user with a home and a project. `there` starts the command in the project. */
export function user(owner = 0) {
  const home = join(scratch, `${number++}`);
  const project = join(home, 'project');
  const own = join(home, '.config/plughost');
  for (const folder of [home, project, join(home, '.config'), own]) {
    mkdirSync(folder);
    if (owner > 0) chownSync(folder, owner, owner);
  }
  writeFileSync(join(project, 'log'), 'one\ntwo\nthree\n');
  const env = { HOME: home, XDG_CONFIG_HOME: '', XDG_STATE_HOME: '' };
  const start = (args: string[], cwd: string, more: NodeJS.ProcessEnv = {}) => {
    const [program, ...before] = owner === NOBODY ? asNobody : [HOST];
    return exec(program, [...before, ...args], { cwd, env: { ...env, ...more } });
  };
  const write = (file: string, value: unknown) => {
    writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
    if (owner > 0) chownSync(file, owner, owner);
    return file;
  };
  return {
    home,
    project,
    config: join(project, 'host.config.json'),
    own: join(own, 'host.config.json'),
    trusted: join(home, '.local/state/plughost/trusted'),
    write,
    there: async (args: string[], cwd = project, more?: NodeJS.ProcessEnv) => seen(await start(args, cwd, more)),
  };
}

export const LOG = 'one\ntwo\nthree\n';
export const notUsed = (why: string) =>
  `host: host.config.json of this folder is not used: ${why}; or go without it: --no-config\n`;
export const untrusted = notUsed('you have not trusted it; look at it, then: plughost trust');

/** Builds a library whose constructor creates a file. */
export function leaves(folder: string, proof: string): string {
  const head = `#include <fcntl.h>
    __attribute__((constructor)) static void start(void) { open("${proof}", O_CREAT | O_WRONLY, 0600); }`;
  const filter = `static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *line, uint64_t len) { return 1; }
    static const plug_filter filter = {.size = sizeof filter, .match = match};`;
  const extension = 'return strcmp(id, PLUG_FILTER) == 0 ? &filter : NULL;';
  return compile(folder, 'contains', pluginSource({ head: `${head}\n${filter}`, extension }));
}
