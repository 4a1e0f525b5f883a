import { lstat, rm } from 'node:fs/promises';
import type { Connection, Reach } from '../grpc/connection.js';
import type { GoPlugin, ProgramEnd } from './go-plugin.js';
import type { GuardedProgram } from './guarded-program.js';
import type { Handshake } from './handshake.js';

/** How long a program has to end by itself, in milliseconds. */
const END_TIMEOUT = 2000;

export class RunningPlugin implements GoPlugin {
  readonly pid: number;
  readonly version: number;
  readonly target: string;
  readonly tls: Reach['tls'];
  readonly ended: Promise<ProgramEnd>;
  /** The calls that every program of go-plugin answers. */
  readonly connection: Connection;
  readonly #program: GuardedProgram;
  #killed: Promise<ProgramEnd> | undefined;

  constructor(pid: number, program: GuardedProgram, handshake: Handshake, reach: Reach, connection: Connection) {
    this.pid = pid;
    this.version = handshake.version;
    this.target = reach.target;
    this.tls = reach.tls;
    this.connection = connection;
    this.#program = program;
    this.ended = program.ended.then(async (end) => {
      connection.close();
      // Older programs do not know of the folder that they were given.
      if (handshake.network === 'unix') await removeSocket(handshake.address);
      return end;
    });
  }

  client<Client>(type: new (target: string, credentials: never, options?: object) => Client): Client {
    return this.connection.client(type as new (target: string, credentials: unknown, options?: object) => Client);
  }

  kill(): Promise<ProgramEnd> {
    this.#killed ??= this.#end();
    return this.#killed;
  }

  async #end(): Promise<ProgramEnd> {
    const timer = setTimeout(() => this.#program.kill(), END_TIMEOUT);
    const knows = await Promise.race([this.connection.shutdown(END_TIMEOUT), this.ended]);
    if (knows === false) this.#program.terminate();
    const end = await this.ended;
    clearTimeout(timer);
    return end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** Removes a socket that a program left. Leaves anything else alone. */
async function removeSocket(path: string): Promise<void> {
  const status = await lstat(path).catch(() => undefined);
  if (status?.isSocket() && status.uid === process.getuid?.()) await rm(path, { force: true });
}
