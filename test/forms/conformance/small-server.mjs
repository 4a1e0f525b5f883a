// An exporter that is a server: it writes "> " before each line.
import { createServer } from 'node:http';

const manifest = { id: 'org.example.quote', name: 'quote', version: '1.0.0' };

createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  const answers = {
    '/v1/plugin': () => JSON.stringify({ manifest, exporter: {} }),
    '/v1/config': () => '',
    '/v1/export/begin': () => '[\n',
    '/v1/export': () => body.toString('latin1').replace(/([^\n]*)\n/g, '> $1\n'),
    '/v1/export/end': () => ']\n',
  };
  response.setHeader('content-type', request.url === '/v1/plugin' ? 'application/json' : 'application/octet-stream');
  response.end(Buffer.from(answers[request.url](), 'latin1'));
}).listen(process.argv[2]);
