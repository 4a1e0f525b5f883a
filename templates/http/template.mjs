// A plugin of plughost that is a web server: it looks for a text. The argument is a port, or the path of a socket.
import { createServer } from 'node:http';

const manifest = {
  id: 'org.example.template',
  name: 'template',
  version: '0.1.0',
  description: 'Looks for a text',
  config: {
    type: 'object',
    properties: { text: { type: 'string', minLength: 1, default: 'ERROR', description: 'What to look for' } },
    additionalProperties: false,
  },
};

/** What this server offers. */
const plugin = {
  manifest,
  run: true,
  // kind: filter
  filter: {},
  // end
  // kind: transform
  transform: {},
  // end
  // kind: exporter
  exporter: {},
  // end
};

/** Returns the lines of a body without their newlines, and how many bytes each takes with it. */
function linesOf(body) {
  const lines = [];
  for (let begin = 0, end = 0; begin < body.length; begin = end) {
    const newline = body.indexOf('\n', begin);
    end = newline < 0 ? body.length : newline + 1;
    lines.push({ line: body.subarray(begin, newline < 0 ? end : newline), length: end - begin });
  }
  return lines;
}

/** The answers to requests, as JSON or bytes. */
const answers = {
  /** Returns what `plughost load` shows. */
  '/v1/run': ({ text }) => `Looks for ${text}`,

  // kind: filter
  /** Returns which lines are kept: for each the bytes that are left out before it, and its own. */
  '/v1/match': ({ text }, body) => {
    const kept = [];
    let gap = 0;
    for (const { line, length } of linesOf(body)) {
      if (line.includes(text)) kept.push(gap, length);
      gap = line.includes(text) ? 0 : gap + length;
    }
    return { kept };
  },
  // end

  // kind: transform
  /** Returns what becomes of each line: its bytes, and those of the text in its place, which follows; or 0xffffffff. */
  '/v1/apply': ({ text }, body) => {
    // Latin-1 has a character for each byte, so nothing else in the line changes.
    const from = Buffer.from(text).toString('latin1');
    const parts = linesOf(body).flatMap(({ line, length }) => {
      const head = Buffer.alloc(8, 0xff);
      head.writeUInt32LE(length);
      if (!line.includes(text)) return [head];
      const made = Buffer.from(`${line.toString('latin1').replaceAll(from, () => `[${from}]`)}\n`, 'latin1');
      head.writeUInt32LE(made.length, 4);
      return [head, made];
    });
    return Buffer.concat(parts);
  },
  // end

  // kind: exporter
  /** Return what comes before the first line, for some lines, and after the last line. */
  '/v1/export/begin': ({ text }) => Buffer.from(`# ${text}\n\n`),
  '/v1/export': (_, body) =>
    Buffer.concat(linesOf(body).flatMap(({ line }) => [Buffer.from('- '), line, Buffer.from('\n')])),
  '/v1/export/end': () => Buffer.alloc(0),
  // end
};

/** Options by the names that the host gives them: a server may serve several runs. */
const configs = new Map();

const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  const config = request.headers['plughost-config'];
  const send = (type, answer) => response.setHeader('content-type', type).end(answer);
  const { url } = request;
  if (url === '/v1/plugin') return send('application/json', JSON.stringify(plugin));
  if (url === '/v1/config') {
    configs.set(config, JSON.parse(body));
    return send('application/json', '{}');
  }
  if (!Object.hasOwn(answers, url)) return response.writeHead(404).end();
  // After a new start of the server the host sends the options again.
  if (!configs.has(config)) return response.writeHead(409).end();
  const answer = answers[url](configs.get(config), body);
  if (typeof answer === 'string') return send('text/plain', answer);
  if (Buffer.isBuffer(answer)) return send('application/octet-stream', answer);
  return send('application/json', JSON.stringify(answer));
});
server.listen(process.argv[2] ?? 9000, '127.0.0.1', () => console.log('listening on', server.address()));
