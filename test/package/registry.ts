import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ROOT } from '../e2e/command.js';
import { tarball } from './packed.js';

type Manifest = Record<string, unknown> & {
  name: string;
  version: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
};

/** A package: what its package.json says, and its tarball. */
interface Entry {
  manifest: Manifest;
  path: string;
}

const manifestIn = (path: string): Manifest =>
  JSON.parse(execFileSync('tar', ['-xzOf', path, 'package/package.json'], { encoding: 'utf8' }));

/** The packages of npm that this repository has installed, as package-lock.json records them. */
const locked: Record<string, Manifest> = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;

/** The registry of npm on the loopback: the packages that were made here, and what they depend on. */
export class Registry {
  readonly #entries = new Map<string, Entry>();
  readonly #server: Server;
  /** Holds the tarballs that are made for clients. */
  readonly folder: string;

  /** The tarballs that clients asked for, by the name of the package. */
  readonly fetched: string[] = [];

  /** `folder` is a scratch folder for tarballs; the caller makes it. */
  constructor(folder: string) {
    this.folder = folder;
    this.#server = createServer(({ url = '' }, response) => {
      const [name, isTarball] = nameOf(url);
      const entry = this.#entries.get(name);
      if (!entry) return response.writeHead(404, { 'content-type': 'application/json' }).end('{"error": "not found"}');
      if (!isTarball) return response.setHeader('content-type', 'application/json').end(this.#document(entry));
      this.fetched.push(name);
      return response.end(readFileSync(entry.path));
    });
  }

  /**
   * Listens on a free port, with the main package, those of systems that were made, all that they need, and `others`.
   * @param own further packages that were made here, by the ends of their names
   */
  async start(others: readonly string[] = [], own: readonly string[] = []): Promise<void> {
    const path = tarball();
    const manifest = manifestIn(path);
    this.#entries.set(manifest.name, { manifest, path });
    for (const name of Object.keys(manifest.optionalDependencies ?? {})) this.#addSystem(name, manifest.version);
    for (const name of own)
      this.#entries.set(`@plughost/${name}`, { manifest: manifestIn(tarball(name)), path: tarball(name) });
    for (const name of [...Object.keys(manifest.dependencies ?? {}), ...others]) this.#addInstalled(name);
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
  }

  /** The settings of npm that make it use this registry and nothing else on the network. */
  get settings(): Record<string, string> {
    return { npm_config_registry: this.url, npm_config_audit: 'false', npm_config_fund: 'false' };
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** A system that was not built here gets a package with nothing but its manifest. */
  #addSystem(name: string, version: string): void {
    const path = tarball(name.replace('@plughost/', ''));
    const [, os = '', cpu = '', libc = ''] = /^@plughost\/(?:forms-)?(\w+)-(\w+)-(\w+)$/.exec(name) ?? [];
    const manifest = existsSync(path)
      ? manifestIn(path)
      : { name, version, os: [os], cpu: [cpu], libc: [libc === 'gnu' ? 'glibc' : libc] };
    this.#entries.set(name, { manifest, path: existsSync(path) ? path : this.#pack(manifest) });
  }

  #addInstalled(name: string): void {
    if (this.#entries.has(name)) return;
    const folder = join(ROOT, 'node_modules', name);
    const isHere = existsSync(folder);
    const manifest: Manifest = isHere
      ? JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      : { ...locked[`node_modules/${name}`], name };
    this.#entries.set(name, { manifest, path: this.#pack(manifest, isHere ? folder : undefined) });
    const needed = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
    for (const one of needed) this.#addInstalled(one);
  }

  #pack(manifest: Manifest, folder = join(this.folder, manifest.name, 'package')): string {
    const path = join(this.folder, `${manifest.name.replace('/', '+')}.tgz`);
    if (!existsSync(folder)) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    }
    execFileSync('tar', ['-czf', path, '--transform', 's,^\\.,package,', '-C', folder, '.']);
    return path;
  }

  #document({ manifest, path }: Entry): string {
    const { name, version } = manifest;
    const integrity = `sha512-${createHash('sha512').update(readFileSync(path)).digest('base64')}`;
    const dist = { tarball: `${this.url}${name}/-/${version}.tgz`, integrity };
    return JSON.stringify({ name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } } });
  }
}

/** Returns the name of the package that a client asks for, and whether it wants the tarball. */
function nameOf(url: string): [string, boolean] {
  const path = decodeURIComponent(url.slice(1).split('?')[0] ?? '');
  const [name = '', file] = path.split('/-/');
  return [name, file !== undefined];
}
