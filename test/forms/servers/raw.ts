import { createServer, type Socket } from 'node:net';
import { afterAll } from 'vitest';

/** A request as it came. */
export interface Asked {
  /** `GET /v1/plugin`. */
  what: string;
  headers: Record<string, string>;
  body: string;
}

/** Writes an answer, or does not. */
export type Answer = (socket: Socket, asked: Asked) => void;

/** Writes a whole answer. */
export const says =
  (body: string, type = 'application/json', status = '200 OK', more = ''): Answer =>
  (socket) =>
    socket.write(
      `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`,
    );

/** Writes bytes as they are. */
export const writes =
  (bytes: string): Answer =>
  (socket) =>
    socket.write(bytes);

/** Writes bytes as they are, and ends the connection. */
export const ends =
  (bytes = ''): Answer =>
  (socket) =>
    socket.end(bytes);

const MANIFEST = { id: 'org.example.wicked', name: 'wicked', version: '1.0.0' };
/** The answers of a filter that keeps every line. */
const GOOD: Record<string, Answer> = {
  'GET /v1/plugin': says(JSON.stringify({ manifest: MANIFEST, filter: {}, transform: {}, run: true })),
  'PUT /v1/config': says(''),
  'POST /v1/match': (socket, { body }) => says(JSON.stringify({ kept: [0, body.length] }))(socket, {} as Asked),
  'POST /v1/apply': (socket, { body }) => says(JSON.stringify({ pieces: [[body.length]] }))(socket, {} as Asked),
  'POST /v1/run': says('it runs\n', 'text/plain; charset=utf-8'),
};

/**
 * Returns a function that starts a server in this process, which answers as GOOD does but for what is given. All of it
 * is visible to the test, down to the bytes, and it ends after the tests of the file. It returns the source. `first` gets
 * the first bytes of each connection; when it returns true nothing is answered there. The
 * server listens on a port, or on a socket at `path`.
 */
export function rawServers() {
  const closing: (() => void)[] = [];
  afterAll(() => {
    for (const close of closing) close();
  });
  return async (
    answers: Record<string, Answer>,
    first: (socket: Socket, part: string) => boolean = () => false,
    path?: string,
  ): Promise<string> => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
      let had = '';
      let isLost: boolean | undefined;
      socket.setEncoding('latin1').on('data', (part: string) => {
        isLost ??= first(socket, part);
        if (isLost) return;
        had += part;
        for (let asked = takeRequest(); asked; asked = takeRequest()) {
          const answer = answers[asked.what] ?? GOOD[asked.what] ?? says('no such path', 'text/plain', '404 Not Found');
          answer(socket, asked);
        }
      });
      const takeRequest = (): Asked | undefined => {
        const end = had.indexOf('\r\n\r\n');
        if (end < 0) return undefined;
        const [first = '', ...lines] = had.slice(0, end).split('\r\n');
        const headers = Object.fromEntries(lines.map((line) => line.split(': ') as [string, string]));
        const size = Number(headers['content-length'] ?? 0);
        if (had.length < end + 4 + size) return undefined;
        const body = had.slice(end + 4, end + 4 + size);
        had = had.slice(end + 4 + size);
        return { what: first.replace(/ HTTP.*/, ''), headers, body };
      };
    });
    await new Promise<void>((done) => {
      if (path === undefined) server.listen(0, '127.0.0.1', done);
      else server.listen(path, done);
    });
    closing.push(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    return path === undefined ? `http://127.0.0.1:${(server.address() as { port: number }).port}` : `http+unix:${path}`;
  };
}
