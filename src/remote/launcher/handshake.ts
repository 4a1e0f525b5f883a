import { isIP } from 'node:net';

/** What a program says in its first line: how to reach it. */
export interface Handshake {
  /** The version of the application's protocol. */
  version: number;
  network: 'unix' | 'tcp';
  /** A path of a socket, or a host and a port. */
  address: string;
  /** The certificate of the program, in DER. */
  certificate?: Buffer;
}

/** Why a line is no usable handshake, and what to do. */
export interface HandshakeFault {
  reason: string;
  hint?: string;
}

/** The version of go-plugin's own protocol: the only one there is. */
const CORE = 1;

/** go-plugin's host takes a shorter sixth field for something else than a certificate. */
const LEAST_CERTIFICATE = 50;

/** The longest path of a unix socket, in bytes. */
const MAX_SOCKET_PATH = 107;

/** Returns whether a line is meant to be a handshake. Other lines are text that the program printed before it. */
export const isHandshake = (line: string): boolean => /^\s*\d+\|/.test(line);

/**
 * Reads `CORE|APP|NETWORK|ADDRESS|PROTOCOL|CERTIFICATE|MULTIPLEX`, the last three of which older programs leave out.
 * @param versions the versions of the application's protocol that the host speaks
 */
export function readHandshake(line: string, versions: readonly number[]): Handshake | HandshakeFault {
  const fields = line.trim().split('|');
  const [core = '', app = '', network = '', address = '', protocol = 'netrpc', certificate = ''] = fields;
  if (fields.length < 4 || fields.length > 7) {
    return { reason: `its handshake has ${fields.length} fields and not 4 to 7` };
  }
  if (wholeOf(core) !== CORE) {
    return { reason: `its handshake has version ${core} of go-plugin's protocol, and only ${CORE} is known` };
  }
  const version = wholeOf(app);
  if (version === undefined || !versions.includes(version)) {
    return {
      reason: `it speaks version ${app} of the application's protocol, and the host speaks ${versions.join(', ')}`,
      hint: 'use a build of the plugin for this host, or name its version among those that the host offers',
    };
  }
  if (protocol !== 'grpc') {
    return {
      reason: `it speaks ${protocol} and not grpc`,
      ...(protocol === 'netrpc' && {
        hint: 'its author must build it for gRPC: set GRPCServer: plugin.DefaultGRPCServer in plugin.ServeConfig',
      }),
    };
  }
  const fault = faultOfAddress(network, address);
  if (fault) return { reason: fault };
  const read = { version, network: network as 'unix' | 'tcp', address };
  if (certificate.length < LEAST_CERTIFICATE) return read;
  const der = derOf(certificate);
  return der ? { ...read, certificate: der } : { reason: 'the certificate in its handshake is not base64' };
}

const wholeOf = (text: string): number | undefined => (/^\d{1,9}$/.test(text) ? Number(text) : undefined);

function faultOfAddress(network: string, address: string): string | undefined {
  if (network === 'unix') {
    if (!address.startsWith('/')) return 'the path of its socket is not absolute';
    const long = Buffer.byteLength(address) > MAX_SOCKET_PATH || address.includes('\0');
    return long ? 'the path of its socket cannot be one' : undefined;
  }
  if (network !== 'tcp') return `its network is ${network}, and only unix and tcp are known`;
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address) ?? [];
  const host = bracketed ?? plain;
  const number = wholeOf(port ?? '') ?? 0;
  if (host === undefined || number < 1 || number > 65535) return 'its address is not a host and a port';
  // The program runs on this machine, and what it is sent must not leave it.
  const own = host === 'localhost' || (isIP(host) === 4 && host.startsWith('127.')) || host === '::1';
  return own ? undefined : `its address, ${address}, is not on this machine's loopback`;
}

/** Go writes base64 without padding, and Python's own functions with it. */
function derOf(certificate: string): Buffer | undefined {
  const bare = certificate.replace(/=*$/, '');
  return /^[A-Za-z0-9+/]+$/.test(bare) ? Buffer.from(bare, 'base64') : undefined;
}

/** Returns a certificate as PEM. It must be padded, or OpenSSL finds no certificate in it. */
export function pemOf(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
