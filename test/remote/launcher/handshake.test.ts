import { describe, expect, test } from 'vitest';
import { isHandshake, pemOf, readHandshake } from '../../../src/remote/launcher/handshake.js';

const certificate = Buffer.from('a certificate, of more than fifty characters in base64');
const encoded = certificate.toString('base64').replace(/=+$/, '');
const read = (line: string) => readHandshake(line, [2, 3]);
const unix = { version: 3, network: 'unix', address: '/run/a b.sock' };

describe('a handshake is read', () => {
  test.each([
    ['1|3|unix|/run/a b.sock|grpc', unix],
    ['1|3|unix|/run/a b.sock|grpc|\r', unix],
    ['1|3|unix|/run/a b.sock|grpc||true', unix],
    ['1|3|unix|/run/a b.sock|grpc|short', unix],
    [`1|3|unix|/run/a b.sock|grpc|${encoded}`, { ...unix, certificate }],
    [`1|3|unix|/run/a b.sock|grpc|${certificate.toString('base64')}|`, { ...unix, certificate }],
    ['1|2|tcp|127.0.0.1:65535|grpc', { version: 2, network: 'tcp', address: '127.0.0.1:65535' }],
    ['1|2|tcp|[::1]:1|grpc', { version: 2, network: 'tcp', address: '[::1]:1' }],
    ['1|2|tcp|localhost:80|grpc', { version: 2, network: 'tcp', address: 'localhost:80' }],
  ])('%s', (line, expected) => {
    expect(isHandshake(line)).toBe(true);
    expect(read(line)).toEqual(expected);
  });
});

describe('a handshake is refused', () => {
  test.each([
    ['1|3', 'its handshake has 2 fields and not 4 to 7'],
    ['1|3|unix|/s|grpc||true|x', 'its handshake has 8 fields and not 4 to 7'],
    ['2|3|unix|/s|grpc', "its handshake has version 2 of go-plugin's protocol, and only 1 is known"],
    ['1|9|unix|/s|grpc', "it speaks version 9 of the application's protocol, and the host speaks 2, 3"],
    ['1|x|unix|/s|grpc', "it speaks version x of the application's protocol, and the host speaks 2, 3"],
    ['1|3|unix|/s', 'it speaks netrpc and not grpc'],
    ['1|3|unix|/s|other', 'it speaks other and not grpc'],
    ['1|3|pipe|/s|grpc', 'its network is pipe, and only unix and tcp are known'],
    ['1|3|unix|s|grpc', 'the path of its socket is not absolute'],
    [`1|3|unix|/${'s'.repeat(107)}|grpc`, 'the path of its socket cannot be one'],
    ['1|3|tcp|127.0.0.1|grpc', 'its address is not a host and a port'],
    ['1|3|tcp|127.0.0.1:0|grpc', 'its address is not a host and a port'],
    ['1|3|tcp|127.0.0.1:65536|grpc', 'its address is not a host and a port'],
    ['1|3|tcp|10.0.0.1:80|grpc', "its address, 10.0.0.1:80, is not on this machine's loopback"],
    ['1|3|tcp|127.example.org:80|grpc', "its address, 127.example.org:80, is not on this machine's loopback"],
    [`1|3|unix|/s|grpc|${'*'.repeat(60)}`, 'the certificate in its handshake is not base64'],
  ])('%s', (line, reason) => {
    expect(read(line)).toMatchObject({ reason });
  });
});

test('what a program prints before is no handshake', () => {
  for (const line of ['', 'hello', 'a|b|c|d', '|1|2', '\x7fELF']) expect(isHandshake(line)).toBe(false);
});

test('a certificate becomes PEM with its padding', () => {
  expect(pemOf(Buffer.from('x'.repeat(49)))).toBe(
    `-----BEGIN CERTIFICATE-----\n${'eHh4'.repeat(16)}\neA==\n-----END CERTIFICATE-----\n`,
  );
});
