import { UsageError } from '../../errors/index.js';
import { absolute } from '../../files/absolute.js';

const UNIX = 'http+unix:';
const PREFIXES = ['http://', 'https://', UNIX];

export const isHttp = (source: string): boolean => PREFIXES.some((prefix) => source.startsWith(prefix));

/** Where a server listens, and what comes before `/v1` in its paths. */
export interface HttpSource {
  /** The address of a port, or the absolute path of a socket. */
  at: { host: string; port: number } | { socket: string };
  /** What the header `Host` says. */
  authority: string;
  /** Without a slash at its end. */
  base: string;
}

/** The names of this machine. No name service is asked about them. */
const LOOPBACK: Readonly<Record<string, readonly string[]>> = { localhost: ['127.0.0.1', '::1'] };

/** Returns the addresses of a host that is this machine, and undefined for every other one. */
export function loopbackOf(host: string): readonly string[] | undefined {
  return LOOPBACK[host] ?? (host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host) ? [host] : undefined);
}

/**
 * Reads a source such as `http://127.0.0.1:9000/base` or `http+unix:/run/x.sock:/base`.
 * @throws UsageError
 */
export function parseHttpSource(source: string): HttpSource {
  // A URL of a stranger may hold a password. Only what stands before the path can.
  const shown = source.replace(/^(https?:\/\/)[^/?#]*@/s, '$1…@');
  const refuse = (reason: string, hint = 'write http://127.0.0.1:9000, or http+unix:/run/mine.sock') =>
    new UsageError(`load plugin ${shown}: ${reason}`, { hint });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the parser of URLs would drop some of them.
  if (/[\0-\x1f\x7f-\x9f]/.test(source)) throw refuse('there is a control character in it');
  if (source.startsWith('https:')) {
    throw refuse(
      'TLS is not spoken here',
      'let a proxy on this machine speak TLS to it, and name the proxy by http://',
    );
  }
  return source.startsWith(UNIX) ? socketOf(source.slice(UNIX.length), refuse) : portOf(source, refuse);
}

type Refuse = (reason: string, hint?: string) => UsageError;

function socketOf(rest: string, refuse: Refuse): HttpSource {
  const colon = rest.indexOf(':/');
  const path = colon < 0 ? rest : rest.slice(0, colon);
  if (path === '') throw refuse('no socket is named');
  const { base } = portOf(`http://localhost${colon < 0 ? '' : rest.slice(colon + 1)}`, refuse);
  return { at: { socket: absolute(path) }, authority: 'localhost', base };
}

function portOf(text: string, refuse: Refuse): HttpSource {
  if (/[\s\\]/.test(text)) throw refuse('there is a space or a backslash in its URL');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) throw refuse('it is no URL');
  // Empty ones are not in the parsed URL, but for a sign.
  if (url.username !== '' || url.password !== '' || text.slice(7).split(/[/?#]/)[0]?.includes('@')) {
    throw refuse('no credentials are sent', 'write the URL without what stands before @');
  }
  if (/[?#]/.test(text)) throw refuse('it has a query or a fragment');
  const port = Number(url.port === '' ? 80 : url.port);
  if (port === 0) throw refuse('nothing listens on port 0');
  return {
    at: { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port },
    authority: url.host,
    base: url.pathname.replace(/\/+$/, ''),
  };
}
