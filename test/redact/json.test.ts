import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { host } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';

const folder = makeScratch();

/** Redacts the lines by one command. */
async function redacted(lines: readonly string[]): Promise<string[]> {
  const file = join(folder, 'lines.log');
  writeFileSync(file, `${lines.join('\n')}\n`);
  const { status, stdout, stderr } = await host(['run', file, '--transform', 'redact']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.toString().trimEnd().split('\n');
}

const CARD = 4111111111111111;
const raw = String.raw;

/** What each document becomes, by why its quotes are hard to read. */
const DOCUMENTS: Record<string, [document: string, expected: string][]> = {
  'a quote that opens a string, before a colon and a number': [
    [raw`["%3A${CARD}]","p@ss",null,"\"\\\"\\\"\"",{}]`, raw`["%3A[redacted]]","p@ss",null,"\"\\\"\\\"\"",{}]`],
    [`[":${CARD}]","x"]`, '[":[redacted]]","x"]'],
    [`["%3a${CARD},"]`, '["%3a[redacted],"]'],
    [raw`["\u003a${CARD}}"]`, raw`["\u003a[redacted]}"]`],
    [`["&#58;${CARD}]"]`, '["&#58;[redacted]]"]'],
    [raw`["\":${CARD}]","x"]`, raw`["\":[redacted]]","x"]`],
    [raw`["\\\":${CARD},"]`, raw`["\\\":[redacted],"]`],
    [raw`["\u0022:${CARD}]"]`, raw`["\u0022:[redacted]]"]`],
    [raw`["\\u0022:${CARD}]"]`, raw`["\\u0022:[redacted]]"]`],
    [`["x","%22%3A${CARD}]"]`, '["x","%22%3A%22[redacted]%22]"]'],
  ],
  'a name that is empty, or ends with what is like a quote': [
    [`{"":${CARD},"password":5}`, '{"":"[redacted]","password":"[redacted]"}'],
    [raw`{"a\"":${CARD}}`, raw`{"a\"":"[redacted]"}`],
    [raw`{"a\\":${CARD}}`, raw`{"a\\":"[redacted]"}`],
    [raw`{"password\"":5}`, raw`{"password\"":"[redacted]"}`],
    [raw`{"password\"]":5}`, raw`{"password\"]":"[redacted]"}`],
    [raw`{"password\\":[5,6]}`, raw`{"password\\":["[redacted]","[redacted]"]}`],
    ['{"password%22":5}', '{"password%22":"[redacted]"}'],
    [raw`{"x":"{\"password\\\\\":5,\"b\":1}"}`, raw`{"x":"{\"password\\\\\":\"[redacted]\",\"b\":1}"}`],
  ],
  'a backslash of a URL or of XML, before the end of the string': [
    ['{"a":"password=x%5C","b":"y"}', '{"a":"password=[redacted]","b":"y"}'],
    ['{"a":"password=x%255C","b":"y"}', '{"a":"password=[redacted]","b":"y"}'],
    ['{"a":"password=x&#92;","b":"y"}', '{"a":"password=[redacted]","b":"y"}'],
    [raw`{"a":"password=x\\%5C","b":"y"}`, '{"a":"password=[redacted]","b":"y"}'],
    [raw`{"a":"password='x%5C","b":"y'z"}`, raw`{"a":"password='[redacted]","b":"y'z"}`],
    [`["%5C",":${CARD}]","x"]`, '["%5C",":[redacted]]","x"]'],
  ],
  'a quote by its number, that is a part of the string': [
    [raw`["\\x22 [${CARD}]","x"]`, raw`["\\x22 [\"[redacted]\"]","x"]`],
    [raw`{"password":"abc\\x22def","b":1}`, '{"password":"[redacted]","b":1}'],
    [raw`{"password":"abc\u0022def hij","b":1}`, '{"password":"[redacted]","b":1}'],
    [
      raw`{"x":"{\u0022password\u0022:\u0022a b\u0022,\u0022card\u0022:${CARD}}"}`,
      raw`{"x":"{\u0022password\u0022:\u0022[redacted]\u0022,\u0022card\u0022:\u0022[redacted]\u0022}"}`,
    ],
  ],
  'a quote that is not written twice, though what is before it looks so': [
    [raw`{"value":"cookie&quot;\\\":\\\"","b":"y"}`, raw`{"value":"cookie&quot;\\\":\\\"","b":"y"}`],
    [raw`["secret\\u0022\\\":\\\"","=y"]`, raw`["secret\\u0022\\\":\\\"","=y"]`],
    [raw`["\"\"token\"\":[\"\"a\"","b","c"]`, raw`["\"\"token\"\":[\"\"[redacted]\"","b","c"]`],
  ],
};

describe('redact in JSON', () => {
  it.each(Object.keys(DOCUMENTS))('leaves strings and keys what they are beside %s', async (why) => {
    const pairs = DOCUMENTS[why] as [string, string][];
    for (const text of pairs.flat()) JSON.parse(text);
    expect(await redacted(pairs.map(([document]) => document))).toEqual(pairs.map(([, expected]) => expected));
  });

  it('gives a number quotes as its name has them, in JSON and around it', async () => {
    const pairs = [
      [`{"card":${CARD},"token":[5,{"a":6}]}`, '{"card":"[redacted]","token":["[redacted]",{"a":"[redacted]"}]}'],
      [raw`{"x":"{\"card\":${CARD}}"}`, raw`{"x":"{\"card\":\"[redacted]\"}"}`],
      [`1,"{""card"":${CARD}}",b`, '1,"{""card"":""[redacted]""}",b'],
      ['1,"{""password"":411}",b', '1,"{""password"":""[redacted]""}",b'],
      [`?x={%22card%22:${CARD},%22password%22:5}`, '?x={%22card%22:%22[redacted]%22,%22password%22:%22[redacted]%22}'],
      [`the rest of a string","card":${CARD},"x":"y"}`, 'the rest of a string","card":"[redacted]","x":"y"}'],
    ] as const;
    expect(await redacted(pairs.map(([line]) => line))).toEqual(pairs.map(([, expected]) => expected));
  });
});
