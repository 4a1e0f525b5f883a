import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { builtIn } from '../../e2e/command.js';
import { blocksOf } from '../../helpers/pages.js';

/** Why there are no plugins that are servers. Empty if there are. */
export const noHttp = existsSync(builtIn('http')) ? '' : 'libhttp.so is not built';
/** The same, for servers in Python. */
export const noPython = noHttp || (spawnSync('python3', ['--version']).error ? 'there is no Python (python3)' : '');

/** What the title of a test gets that is skipped. */
export const skipped = (why: string): string => why && ` (skipped: ${why})`;

/** A server of a test. */
export interface Server {
  /** `http://127.0.0.1:PORT`, or `http+unix:PATH`. */
  source: string;
  child: ChildProcess;
}

/** The server of the documentation that is written in a language. */
const documented = (language: string): string =>
  blocksOf('docs/forms/http.md').find((block) => block.language === language)?.text ?? '';

/** Returns functions that start servers. They end after the tests of the file. @param scratch a folder for programs */
export function servers(scratch: string) {
  const children: ChildProcess[] = [];
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
  });

  /** Starts a program that listens where its last argument says. @param at a port or the path of a socket */
  const start = async (words: string[], at: number | string): Promise<Server> => {
    const [program = '', ...given] = words;
    const child = spawn(program, [...given, String(at)], { stdio: ['ignore', 'ignore', 'pipe'] });
    children.push(child);
    const said: Buffer[] = [];
    child.stderr?.on('data', (part) => said.push(part));
    let ended = false;
    child.on('exit', () => {
      ended = true;
    });
    while (!(await accepts(at))) if (ended) throw new Error(`a server ended: ${Buffer.concat(said)}`);
    return { source: typeof at === 'number' ? `http://127.0.0.1:${at}` : `http+unix:${at}`, child };
  };

  return {
    start,
    /** Starts a server whose code is given. */
    async node(name: string, code: string, at?: number | string): Promise<Server> {
      const path = join(scratch, `${name}.mjs`);
      writeFileSync(path, code);
      return start([process.execPath, path], at ?? (await freePort()));
    },
    /** Starts the server of the documentation in Node. */
    async contains(at?: number | string): Promise<Server> {
      return this.node('contains', documented('js'), at);
    },
    /** Starts the server of the documentation in Python. */
    async mask(): Promise<Server> {
      const path = join(scratch, 'mask.py');
      writeFileSync(path, documented('py'));
      return start(['python3', path], await freePort());
    },
  };
}

/** Returns a port on which nothing listens. */
export function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}

/** Returns whether something listens there, and soon if nothing does. */
function accepts(at: number | string): Promise<boolean> {
  return new Promise((done) => {
    const socket = typeof at === 'number' ? connect(at, '127.0.0.1') : connect(at);
    socket.on('connect', () => done(true));
    socket.on('error', () => setTimeout(done, 20, false));
    socket.on('connect', () => socket.destroy());
  });
}
