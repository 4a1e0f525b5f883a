/** Secrets of every kind that `redact` knows, always the same. */
export interface Sample {
  /** What stands in a line. */
  text: string;
  /** What of it must not be left. */
  secret: string;
}

/** Numbers that look random, from a seed. */
function generator(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const HEX = '0123456789abcdef';
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const ALNUM = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function luhn(start: string, length: number, below: (limit: number) => number): string {
  let digits = start;
  while (digits.length < length - 1) digits += below(10);
  for (let last = 0; ; last++) {
    const all = digits + last;
    const sum = [...all].reverse().reduce((sum, digit, index) => {
      const value = Number(digit) * (index % 2 ? 2 : 1);
      return sum + (value > 9 ? value - 9 : value);
    }, 0);
    if (sum % 10 === 0) return all;
  }
}

/** How tokens begin, of what they are made, and how long that is. */
const TOKENS: [string, string, number][] = [
  ...['AKIA', 'ASIA'].map((start): [string, string, number] => [start, UPPER, 16]),
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((start): [string, string, number] => [start, ALNUM, 36]),
  ...['github_pat_', 'glpat-', 'gldt-', 'glrt-', 'glptt-', 'glsa_'].map((start): [string, string, number] => [
    start,
    ALNUM,
    40,
  ]),
  ...['xoxb-123456789012-', 'xoxp-123456789012-', 'xoxa-2-', 'xoxs-1-', 'xapp-1-A0-', 'xoxe.xoxp-1-'].map(
    (start): [string, string, number] => [start, ALNUM, 24],
  ),
  ...['sk_live_', 'sk_test_', 'rk_live_', 'pk_live_', 'whsec_'].map((start): [string, string, number] => [
    start,
    ALNUM,
    24,
  ]),
  ['AIza', ALNUM, 35],
  ['ya29.', ALNUM, 60],
  ['GOCSPX-', ALNUM, 28],
  ['npm_', ALNUM, 36],
  ['pypi-AgEIcHlwaS5vcmc', ALNUM, 60],
  ['SG.abcdefghijklmnopqrstuv.', ALNUM, 43],
  ['hvs.', ALNUM, 24],
  ['dop_v1_', HEX, 64],
  ['shpat_', HEX, 32],
  ['sq0atp-', ALNUM, 22],
  ['sk-proj-', ALNUM, 48],
  ['sk-ant-api03-', ALNUM, 48],
  ['hf_', ALNUM, 34],
  ['dckr_pat_', ALNUM, 27],
  ['key-', HEX, 32],
  ['SK', HEX, 32],
  ['figd_', ALNUM, 40],
  ['ATATT3', ALNUM, 60],
  ['xkeysib-', HEX, 64],
  ['rubygems_', HEX, 48],
  ['tskey-auth-', ALNUM, 24],
];

const NAMES = [
  'password', 'PASSWORD', 'db_password', 'userPassword', 'passwd', 'pwd', 'passphrase', 'secret', 'client_secret',
  'api_key', 'API-KEY', 'apiKey', 'access_token', 'refreshToken', 'token', 'secret_key', 'private_key',
  'AWS_SECRET_ACCESS_KEY', 'credential', 'DB_PASS', 'X-Api-Key', 'AccountKey', 'session_id', 'password1',
]; // biome-ignore format: a list

export function samples(): Sample[] {
  const below = generator(11);
  const of = (alphabet: string, length: number) =>
    Array.from({ length }, () => alphabet[below(alphabet.length)]).join('');
  const alone = (text: string): Sample => ({ text, secret: text });
  const made: Sample[] = [];

  for (let i = 0; i < 30; i++) made.push(alone([10 + below(240), below(256), below(256), below(256)].join('.')));
  for (const [host, port] of [
    ['10.1.2.3', ':8080'],
    ['192.168.7.9', '/24'],
    ['172.16.5.4', '.52344'],
    ['8.8.4.4', ':53'],
  ] as const)
    made.push({ text: host + port, secret: host });

  const group = () => (0x1000 + below(0xefff)).toString(16);
  for (let i = 0; i < 10; i++) {
    made.push(alone(Array.from({ length: 8 }, group).join(':')));
    made.push(alone(`2001:db8::${group()}`));
    made.push(alone(`fe80::${group()}:${group()}`));
    made.push(alone(`::ffff:${10 + below(200)}.${below(256)}.0.${below(256)}`));
  }
  for (const [before, address, behind] of [
    ['ip:', '2001:db8::7:1', ''], ['src:', '2001:db8::7:2', ''], ['', '2001:db8::7:3', '.443'], ['[', '2001:db8::7:4', ']:443'],
    ['', 'fe80::7:5', '%eth0'], ['', '2001:db8:7:0:0:0:0:6', ':443'], ['', '2001:db8::7:7', '/64'], ['dst:', '2001:db8:7:0:0:0:0:8', ',x'],
  ] as const) made.push({ text: before + address + behind, secret: address }); // biome-ignore format: a list

  const names = ['bob', 'alice.smith', 'a.b+c', "o'brien", 'jürgen', 'Zoë', 'user_1', 'x-y', 'm%n', '用户'];
  const domains = ['example.com', 'mail.example.co.uk', 'münchen.de', 'xn--mnchen-3ya.de', 'example.xn--p1ai'];
  for (const name of names) for (const domain of domains) made.push(alone(`${name}@${domain}`));

  for (const [start, alphabet, length] of TOKENS)
    for (let i = 0; i < 2; i++) made.push(alone(start + of(alphabet, length)));
  for (let i = 0; i < 6; i++) {
    const part = (text: string) => Buffer.from(text).toString('base64url');
    made.push(alone(`${part('{"alg":"HS256"}')}.${part(`{"sub":"${of(HEX, 12)}"}`)}.${of(ALNUM, 43)}`));
  }
  for (let i = 0; i < 4; i++) {
    const secret = of(ALNUM, 12) + 7;
    made.push({ text: `Bearer ${secret}`, secret });
  }

  for (const [start, length] of [
    ['4', 16],
    ['51', 16],
    ['37', 15],
    ['6011', 16],
    ['2221', 16],
    ['35', 16],
  ] as const)
    for (let i = 0; i < 2; i++) {
      const digits = luhn(start, length, below);
      made.push(alone(digits));
      if (length === 16)
        for (const separator of ' -') made.push(alone(digits.replace(/(\d{4})(?=\d)/g, `$1${separator}`)));
    }

  for (const name of NAMES) {
    const bare = `q${of(ALNUM, 9)}`;
    made.push({ text: `${name}=${bare}`, secret: bare });
    const colon = `q${of(ALNUM, 9)}`;
    made.push({ text: `${name}: ${colon}`, secret: colon });
    const quoted = `q${of(ALNUM, 3)},;&${of(ALNUM, 3)})]}${of(ALNUM, 3)}`;
    made.push({ text: `${name}="${quoted}"`, secret: quoted });
  }
  for (const value of [
    'hun,ter2',
    'hun;ter2',
    'hun&ter2',
    'hun|ter2',
    'hun)ter2',
    'hun#ter2',
    'p@ss/w0rd',
    '$(pw)x',
    'a{b}c',
  ])
    made.push({ text: `PASSWORD=${value}`, secret: value });
  for (const [text, secret] of [
    ["password='it is 8'", 'it is 8'], ['password=`it is 9`', 'it is 9'], ['"password": "x y7"', 'x y7'], ["'password': 'x y8'", 'x y8'],
    ['{"password":["a1a1","b1b1"]}', 'b1b1'], ['{"token":{"a":"c2c2","b":["d2d2"]}}', 'd2d2'], ['{"password":991827364}', '991827364'],
    ['Authorization: Basic dXNlcjpwYXNz', 'dXNlcjpwYXNz'], ['Authorization: Bearer k3yk3yk3y', 'k3yk3yk3y'],
    ['Authorization: Digest username="u7u7", realm="r", response="6629fae49393"', '6629fae49393'],
    ['Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/s3/aws4_request, SignedHeaders=host;range, Signature=fe5f80f77d5f', 'fe5f80f77d5f'],
    ['Cookie: sid=c00kie1; other=c00kie2', 'c00kie2'], ['Set-Cookie: sid=c00kie3; Path=/', 'c00kie3'],
    ['https://user:pa55word@host/x', 'pa55word'], ['postgres://u:p4ss@w0rd@db:5432/x', 'p4ss@w0rd'], ['redis://:r3d1spw@cache:6379', 'r3d1spw'],
    ['curl -u admin:hunter22', 'hunter22'], ['mysql --password hunter23', 'hunter23'], ['--api-key=hunter24', 'hunter24'],
    ['user[password]=hunter25', 'hunter25'], ['<password>hunter26</password>', 'hunter26'], ['{"name":"DB_PASSWORD","value":"hunter27"}', 'hunter27'],
    ['-----BEGIN RSA PRIVATE KEY-----MIIEabcdEFGH/+12-----END RSA PRIVATE KEY-----', 'MIIEabcdEFGH/+12'],
    ['password := hunter28', 'hunter28'], [':password => "hunter29"', 'hunter29'], ['args ["--token","hunter30"]', 'hunter30'],
  ] as const) made.push({ text, secret }); // biome-ignore format: a list
  return made;
}
