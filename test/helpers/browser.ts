import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/**
 * Why tests that need a browser are skipped here, for their titles, or the empty text. Only looks for the file, because
 * `chromium --version` sometimes never ends.
 */
export const withoutBrowser = (process.env.PATH ?? '')
  .split(delimiter)
  .some((folder) => existsSync(join(folder, 'chromium')))
  ? ''
  : ' (skipped: chromium is not installed)';

/** Milliseconds that a browser may need to start. */
const START = 20_000;

type Answer = Record<string, unknown>;

/** A page in a headless Chromium, driven through the DevTools protocol over a pipe. */
export class Page {
  /** The messages of the page's console, with exceptions and refused requests. */
  readonly complaints: string[] = [];
  /** Every address that the page requested. */
  readonly requests: string[] = [];
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #pending = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  readonly #waiting = new Map<string, () => void>();
  #session: string | undefined;
  #calls = 0;

  private constructor(child: ChildProcess, profile: string) {
    this.#child = child;
    this.#profile = profile;
    let rest = '';
    (child.stdio[4] as Readable).setEncoding('utf8').on('data', (part: string) => {
      const messages = (rest + part).split('\0');
      rest = messages.pop() ?? '';
      for (const message of messages) this.#receive(JSON.parse(message));
    });
    child.on('error', (error) => this.#fail(error));
    child.on('close', (status) => this.#fail(new Error(`chromium has ended with status ${status}`)));
  }

  /** Starts a browser. Tries again when it hangs at its start, which happens on a busy machine. */
  static async open(): Promise<Page> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await Page.#start();
      } catch (error) {
        if (attempt === 3) throw error;
      }
    }
  }

  static async #start(): Promise<Page> {
    const profile = mkdtempSync(join(tmpdir(), 'plughost-browser-'));
    // The browser must not preload a library, such as that of a sanitizer.
    const { LD_PRELOAD, ...env } = process.env;
    const child = spawn(
      'chromium',
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--remote-debugging-pipe',
        `--user-data-dir=${profile}`,
      ],
      { env, stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
    );
    const page = new Page(child, profile);
    const hung = setTimeout(() => child.kill('SIGKILL'), START);
    const { targetId } = await page.#call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await page.#call('Target.attachToTarget', { targetId, flatten: true });
    page.#session = sessionId as string;
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await page.#call(`${domain}.enable`);
    clearTimeout(hung);
    return page;
  }

  async goto(url: string): Promise<void> {
    const loaded = new Promise<void>((resolve) => this.#waiting.set('Page.loadEventFired', resolve));
    await this.#call('Page.navigate', { url });
    await loaded;
  }

  /** Returns the value of an expression in the page. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.#call('Runtime.evaluate', {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: T }).value;
  }

  async resize(width: number, height: number): Promise<void> {
    await this.#call('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
  }

  async prefer(scheme: 'light' | 'dark'): Promise<void> {
    await this.#call('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#child.once('close', resolve));
    const hung = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await this.#call('Browser.close').catch(() => {});
    await closed;
    clearTimeout(hung);
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  #call(method: string, params: object = {}): Promise<Answer> {
    const id = ++this.#calls;
    const session = /^(Target|Browser)\./.test(method) ? undefined : this.#session;
    (this.#child.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, sessionId: session })}\0`);
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
  }

  // biome-ignore lint/suspicious/noExplicitAny: callers check the fields that they use
  #receive({ id, result, error, method, params }: any): void {
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    if (error) call?.reject(new Error(error.message));
    else call?.resolve(result);
    if (method === 'Runtime.consoleAPICalled') this.complaints.push(JSON.stringify(params.args));
    if (method === 'Runtime.exceptionThrown') this.complaints.push(JSON.stringify(params.exceptionDetails));
    if (method === 'Log.entryAdded') this.complaints.push(params.entry.text);
    if (method === 'Network.requestWillBeSent') this.requests.push(params.request.url);
    this.#waiting.get(method)?.();
  }

  #fail(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
