import { statSync } from 'node:fs';
import { HttpError, InputError, PluginFailedError, UsageError } from '../../errors/index.js';
import { systemPath } from '../../files/file-name.js';
import { realpath } from '../library/realpath.js';
import { describedManifest } from './described-manifest.js';
import type { Allowed, DescribedForm } from './form.js';
import { type HttpSource, isHttp, loopbackOf, parseHttpSource } from './http-source.js';
import { nothingToLock } from './module.js';
import { unserved } from './served.js';

/** What the adapter gets. */
interface Handed {
  address: { port: [hosts: readonly string[], port: number] } | { socket: string };
  authority: string;
  base: string;
  /** What the server said of itself when it was asked first. It must say the same each time. */
  description: string | null;
}

/** A server that speaks HTTP, which the host neither starts nor ends. The adapter is the crate plugins-rust/http. */
export const http: DescribedForm = {
  name: 'http',
  example: 'http://127.0.0.1:9000',
  isRunning: true,
  memory: undefined,
  noSandbox: {
    what: 'a server',
    hint: 'it is a process of somebody else; use it without --sandbox only if you trust it, or hand over a script or rules',
  },
  claims: isHttp,
  examine(source, allowed) {
    const parsed = parseHttpSource(source);
    const { authority, base } = parsed;
    const { path, address } = placeOf(source, parsed, allowed);
    const handed: Handed = { address, authority, base, description: null };
    return { form: http, path, manifest: undefined, handed, files: [] };
  },
  described(module, said) {
    const { manifest, ...kinds } = JSON.parse(said) as { manifest: unknown };
    for (const [word, kind] of OTHER_KINDS) {
      const error = Object.hasOwn(kinds, word) ? unserved(module.path, 'http', kind) : undefined;
      if (error) throw error;
    }
    const handed = { ...(module.handed as Handed), description: said };
    return { ...module, handed, manifest: describedManifest(module.path, JSON.stringify(manifest)) };
  },
  undescribed: ({ path }) => nothingToLock(path),
  initError({ path }, error) {
    if (!(error instanceof PluginFailedError) || error.operation !== 'init' || error.status !== 'IO') return error;
    return new HttpError(path, error.reason);
  },
};

/** How a server would say that it is of a kind which it cannot be. */
const OTHER_KINDS = [
  ['parser', 'parser'],
  ['rowFilter', 'row_filter'],
  ['aggregator', 'aggregator'],
] as const;

/** Returns what messages call the server, and where it listens. */
function placeOf(source: string, { at, authority, base }: HttpSource, { trust, hosts }: Allowed) {
  if ('socket' in at) {
    const socket = realpath(at.socket);
    trust(socket);
    if (!statSync(systemPath(socket)).isSocket()) throw new InputError(socket, 'connect to', 'it is no socket');
    return { path: `http+unix:${socket}${base && `:${base}`}`, address: { socket } };
  }
  const { host, port } = at;
  const addresses = loopbackOf(host) ?? (hosts.some((allowed) => isSameHost(allowed, host)) ? [host] : undefined);
  if (!addresses) {
    throw new UsageError(
      `load plugin ${source}: lines would leave this machine, and anybody on their way could read them`,
      {
        hint: `if that is meant: --allow-host ${host} (allowHosts)`,
      },
    );
  }
  const address: Handed['address'] = { port: [addresses, port] };
  return { path: `http://${authority}${base}`, address };
}

const isSameHost = (allowed: string, host: string): boolean =>
  allowed.toLowerCase().replace(/^\[(.*)\]$/, '$1') === host;
