import { PackageMissingError } from '../../errors/index.js';

/** A key and its certificate, as PEM. */
export interface KeyPair {
  key: string;
  certificate: string;
}

const PACKAGES = ['@peculiar/x509', 'reflect-metadata'];

const DAY = 86_400_000;

/**
 * Makes a key and a certificate for one connection, which its other end trusts and nothing else does. The curve is
 * P-256: go-plugin itself takes P-521, which peers in Python refuse, and any peer takes P-256.
 * @throws PackageMissingError
 */
export async function makeKeyPair(): Promise<KeyPair> {
  const x509 = await loadX509();
  const { webcrypto } = await import('node:crypto');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const now = Date.now();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=localhost',
      keys,
      signingAlgorithm: algorithm,
      notBefore: new Date(now - DAY),
      notAfter: new Date(now + 365 * DAY),
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.keyEncipherment,
          true,
        ),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth, x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }]),
      ],
    },
    webcrypto,
  );
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const lines = key.match(/.{1,64}/g) ?? [];
  return {
    key: `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`,
    certificate: `${certificate.toString('pem')}\n`,
  };
}

async function loadX509(): Promise<typeof import('@peculiar/x509')> {
  try {
    await import('reflect-metadata');
    return await import('@peculiar/x509');
  } catch (cause) {
    throw new PackageMissingError('TLS to a plugin', PACKAGES, { cause });
  }
}
