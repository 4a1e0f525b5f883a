// Real logs, and how plughost and other tools read them. The others know nothing of plughost's parsers: DuckDB reads lines
// by the SQL that stands here, awk and jq by the program, and Miller by its own readers.

export type ColumnType = 'text' | 'integer' | 'time';

export interface Log {
  file: string;
  /** Arguments after --parse. */
  parse: string[];
  columns: Record<string, ColumnType>;
  /** A column with few texts. */
  text: string;
  /** A column with many texts. */
  many: string;
  /** A column with whole numbers, and one that is a time. */
  number?: string;
  time?: string;
  /** Columns with a value in each row; Miller leaves out records without one. */
  full: string[];
  /** Reads the table lines(n, line), gives n and the columns. Times are nanoseconds since 1970. */
  sql: string;
  /** Fills `c` with the values of a line and says by `fits` whether there is a row. Times are as plughost writes them. */
  awk?: string;
  /** Makes an object of a value of JSON. */
  jq?: string;
  /** How Miller reads it: options, and whether its lines must have one header. */
  miller?: string[];
  /** The encoding of its texts, if not UTF-8. */
  encoding?: 'latin1';
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const nanoseconds = (text: string): string => `epoch_ns(try_cast(${text} AS TIMESTAMP_NS))`;

/** Rows of the named groups of a pattern, in a syntax that Rust and RE2 share. */
function byPattern(
  file: string,
  pattern: string,
  types: Record<string, ColumnType>,
  most: Pick<Log, 'text' | 'many' | 'number' | 'time' | 'awk'>,
): Log {
  const names = [...pattern.matchAll(/\(\?<(\w+)>/g)].map(([, name]) => name as string);
  const columns = Object.fromEntries(names.map((name) => [name, types[name] ?? 'text']));
  const plain = pattern.replaceAll(/\(\?<\w+>/g, '(');
  const values = names.map((name) => {
    if (columns[name] === 'integer') return `try_cast(r.${name} AS BIGINT) AS "${name}"`;
    if (columns[name] === 'time') return `${nanoseconds(`replace(r.${name}, ',', '.')`)} AS "${name}"`;
    return `r.${name} AS "${name}"`;
  });
  const list = names.map(quoted).join();
  const typed = names.filter((name) => columns[name] !== 'text').map((name) => `${name}:${columns[name]}`);
  return {
    file,
    parse: ['regex', '-p', `pattern=${pattern}`, ...(typed.length > 0 ? ['-p', `types=${typed}`] : [])],
    columns,
    full: names,
    sql: `SELECT n, ${values} FROM (SELECT n, regexp_extract(line, ${quoted(plain)}, [${list}]) AS r FROM lines WHERE regexp_matches(line, ${quoted(plain)}))`,
    ...most,
  };
}

/** The value of a key of logfmt; tokens are the pairs of a line. */
const logfmtValue = (key: string): string => {
  const token = `list_filter(tokens, lambda t: t = '${key}' OR starts_with(t, '${key}='))[1]`;
  const value = `substr(${token}, ${key.length + 2})`;
  const unquoted = `replace(replace(replace(substr(${value}, 2, length(${value}) - 2), '\\"', '"'), '\\n', chr(10)), '\\t', chr(9))`;
  return `CASE WHEN ${token} = '${key}' THEN 'true' WHEN starts_with(${value}, '"') THEN ${unquoted} ELSE ${value} END`;
};

function logfmt(
  file: string,
  keys: string[],
  most: Pick<Log, 'text' | 'many' | 'full' | 'encoding'>,
  time = 'ts',
): Log {
  const token = '[^\\s="]+(?:=(?:"(?:[^"\\\\]|\\\\.)*"|[^\\s"]\\S*|))?';
  const first = '[^\\s="]+=(?:"(?:[^"\\\\]|\\\\.)*"|[^\\s"]\\S*|)';
  const values = keys.map((key) => `${key === time ? nanoseconds(logfmtValue(key)) : logfmtValue(key)} AS "${key}"`);
  return {
    file,
    parse: ['logfmt'],
    columns: Object.fromEntries(keys.map((key) => [key, key === time ? 'time' : 'text'])),
    time,
    sql: `SELECT n, ${values} FROM (SELECT n, regexp_extract_all(line, ${quoted(token)}) AS tokens FROM lines WHERE regexp_full_match(line, ${quoted(`\\s*${first}(?:\\s+${token})*\\s*`)}))`,
    ...most,
  };
}

const SYSLOG = "'^([A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8}) (\\S+) (?:([^\\s\\[:]+)(?:\\[(\\d+)\\])?: ?)?([^\\r]*)\\r?$'";

/** Lines of syslog as files have them, without a priority. */
const syslog = (file: string, year: number): Log => ({
  file,
  parse: ['syslog', '-p', `year=${year}`],
  columns: { time: 'time', host: 'text', app: 'text', pid: 'integer', message: 'text' },
  text: 'app',
  many: 'message',
  number: 'pid',
  time: 'time',
  full: ['time', 'host', 'message'],
  sql: `SELECT n, epoch_ns(strptime('${year} ' || r.time, '%Y %b %d %H:%M:%S')) AS time, r.host AS host, nullif(r.app, '') AS app, try_cast(r.pid AS BIGINT) AS pid, r.message AS message FROM (SELECT n, regexp_extract(line, ${SYSLOG}, ['time', 'host', 'app', 'pid', 'message']) AS r FROM lines WHERE regexp_matches(line, ${SYSLOG}))`,
  awk: `fits = /^[A-Z][a-z][a-z] [ 0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9] [^ ]+ /
    c["time"] = sprintf("${year}-%02d-%02dT%sZ", (index("JanFebMarAprMayJunJulAugSepOctNovDec", $1) + 2) / 3, $2, $3)
    c["host"] = $4
    rest = substr($0, 17 + length($4) + 1)
    if (match(rest, /^[^] \\[:]+(\\[[0-9]+\\])?:/)) {
      app = substr(rest, 1, RLENGTH - 1)
      rest = substr(rest, RLENGTH + 1)
      sub(/^ /, "", rest)
      if (bracket = index(app, "[")) { c["pid"] = substr(app, bracket + 1, length(app) - bracket - 1); app = substr(app, 1, bracket - 1) }
      c["app"] = app
    }
    sub(/\\r$/, "", rest)
    c["message"] = rest`,
});

const ACCESS =
  '\'^(\\S+) (\\S+) (\\S+) \\[([^\\]]+)\\] "((?:[^"\\\\]|\\\\.)*)" (\\d{1,3}|-) (\\d+|-)(?: "((?:[^"\\\\]|\\\\.)*)" "((?:[^"\\\\]|\\\\.)*)?("?))?\'';

export const ACCESS_LOG: Log = {
  file: 'elastic_apache_access.log',
  parse: ['access'],
  columns: {
    time: 'time',
    host: 'text',
    user: 'text',
    method: 'text',
    path: 'text',
    protocol: 'text',
    status: 'integer',
    bytes: 'integer',
    referer: 'text',
    agent: 'text',
  },
  text: 'method',
  many: 'path',
  number: 'bytes',
  time: 'time',
  full: [],
  sql: `SELECT n, epoch_ns(strptime(r.time, '%d/%b/%Y:%H:%M:%S %z')::TIMESTAMP) AS time, r.host AS host, nullif(r.user, '-') AS user, CASE WHEN regexp_matches(r.request, '^\\S+ .* HTTP/[0-9.]+$') THEN split_part(r.request, ' ', 1) END AS method, CASE WHEN regexp_matches(r.request, '^\\S+ .* HTTP/[0-9.]+$') THEN regexp_extract(r.request, '^\\S+ (.*) HTTP/', 1) END AS path, nullif(regexp_extract(r.request, ' (HTTP/[0-9.]+)$', 1), '') AS protocol, try_cast(r.status AS BIGINT) AS status, try_cast(r.bytes AS BIGINT) AS bytes, nullif(nullif(r.referer, '-'), '') AS referer, CASE WHEN r.ending = '"' THEN nullif(r.agent, '-') END AS agent FROM (SELECT n, regexp_extract(line, ${ACCESS}, ['host', 'ident', 'user', 'time', 'request', 'status', 'bytes', 'referer', 'agent', 'ending']) AS r FROM lines WHERE regexp_matches(line, ${ACCESS}))`,
  awk: `fits = split($0, q, "\\"") >= 3 && NF >= 10
    c["host"] = $1
    if ($3 != "-") c["user"] = $3
    split(substr($4, 2), d, /[\\/:]/)
    c["time"] = sprintf("%s-%02d-%sT%s:%s:%sZ", d[3], (index("JanFebMarAprMayJunJulAugSepOctNovDec", d[2]) + 2) / 3, d[1], d[4], d[5], d[6])
    words = split(q[2], w, " ")
    if (words == 3) { c["method"] = w[1]; c["path"] = w[2]; c["protocol"] = w[3] }
    split(q[3], s, " ")
    if (s[1] != "-") c["status"] = s[1]
    if (s[2] != "-") c["bytes"] = s[2]
    if (q[4] != "-") c["referer"] = q[4]
    parts = split($0, q, "\\"")
    if (parts >= 7 && q[6] != "-") c["agent"] = q[6]`,
};

const W3C =
  'date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken'.split(
    ' ',
  );
const W3C_NUMBERS = new Set([
  's-port',
  'sc-status',
  'sc-substatus',
  'sc-win32-status',
  'sc-bytes',
  'cs-bytes',
  'time-taken',
]);
const w3cType = (name: string): ColumnType => (W3C_NUMBERS.has(name) ? 'integer' : name === 'time' ? 'time' : 'text');

export const W3C_LOG: Log = {
  file: 'iis_w3c.log',
  parse: ['delimited', '-p', 'header=w3c'],
  columns: Object.fromEntries(W3C.map((name) => [name, w3cType(name)])),
  text: 'cs-method',
  many: 'cs-uri-stem',
  number: 'time-taken',
  time: 'time',
  full: ['date', 'time', 'cs-method', 'cs-uri-stem', 'sc-status', 'time-taken', 'c-ip'],
  sql: `SELECT n, ${W3C.map((name, i) => {
    const value = `nullif(f[${i + 1}], '-')`;
    if (name === 'time') return `${nanoseconds("f[1] || ' ' || f[2]")} AS "time"`;
    return `${W3C_NUMBERS.has(name) ? `try_cast(${value} AS BIGINT)` : value} AS "${name}"`;
  })} FROM (SELECT n, string_split(line, ' ') AS f FROM lines WHERE NOT starts_with(line, '#')) WHERE len(f) = ${W3C.length}`,
  awk: `fits = !/^#/ && NF == ${W3C.length}
    ${W3C.map((name, i) => `if ($${i + 1} != "-") c["${name}"] = $${i + 1}`).join('\n    ')}
    c["time"] = $1 "T" $2 "Z"`,
  miller: ['--icsvlite', '--ifs', 'space', '--allow-ragged-csv-input'],
};

export const EVENTS: Log = {
  file: 'gharchive.jsonl',
  parse: ['json'],
  columns: {
    id: 'text',
    type: 'text',
    'actor.login': 'text',
    'actor.id': 'integer',
    'repo.name': 'text',
    'payload.size': 'integer',
    'payload.ref': 'text',
    'payload.commits': 'text',
    public: 'text',
    created_at: 'time',
  },
  text: 'type',
  many: 'repo.name',
  number: 'payload.size',
  time: 'created_at',
  full: ['id', 'type', 'actor.login', 'actor.id', 'repo.name', 'public', 'created_at'],
  sql: `SELECT n, line->>'id' AS id, line->>'type' AS type, line->>'$.actor.login' AS "actor.login", try_cast(line->>'$.actor.id' AS BIGINT) AS "actor.id", line->>'$.repo.name' AS "repo.name", try_cast(line->>'$.payload.size' AS BIGINT) AS "payload.size", line->>'$.payload.ref' AS "payload.ref", line->>'$.payload.commits' AS "payload.commits", line->>'public' AS public, ${nanoseconds("line->>'created_at'")} AS created_at FROM lines WHERE json_valid(line)`,
  jq: `{id, type, "actor.login": .actor.login, "actor.id": .actor.id, "repo.name": .repo.name, "payload.size": .payload.size, "payload.ref": .payload.ref, "payload.commits": (.payload.commits | if . == null then null else tojson end), public: (.public | tostring), created_at}`,
  miller: ['--ijson'],
};

const DRONE: Log = {
  file: 'loki_drone-json.txt',
  parse: ['json'],
  columns: {
    id: 'text',
    level: 'text',
    msg: 'text',
    method: 'text',
    status: 'integer',
    duration: 'integer',
    referer: 'text',
    remote: 'text',
    'user-agent': 'text',
    'server-count': 'integer',
    time: 'time',
  },
  text: 'msg',
  many: 'id',
  number: 'duration',
  time: 'time',
  full: ['level', 'msg', 'time'],
  sql: `SELECT n, line->>'id' AS id, line->>'level' AS level, line->>'msg' AS msg, line->>'method' AS method, try_cast(line->>'status' AS BIGINT) AS status, try_cast(line->>'duration' AS BIGINT) AS duration, line->>'referer' AS referer, line->>'remote' AS remote, line->>'$."user-agent"' AS "user-agent", try_cast(line->>'$."server-count"' AS BIGINT) AS "server-count", ${nanoseconds("line->>'time'")} AS time FROM lines WHERE json_valid(line)`,
  jq: '{id, level, msg, method, status, duration, referer, remote, "user-agent", "server-count", time}',
  miller: ['--ijson'],
};

const KAFKA = '^\\[(?<time>[^\\]]*)\\] (?<level>[A-Z]+) (?<message>.*) \\((?<logger>[\\w.$]+)\\)$';
const kafka = (file: string): Log =>
  byPattern(file, KAFKA, { time: 'time' }, { text: 'level', many: 'message', time: 'time' });

/** Lines of words with one blank between them, then a message. */
const words = (names: string[], message: string): string =>
  `fits = NF > ${names.length}
    rest = $0
    ${names.map((name, i) => `c["${name}"] = $${i + 1}; rest = substr(rest, index(rest, " ") + 1)`).join('\n    ')}
    ${message}`;

export const LOGS: readonly Log[] = [
  ACCESS_LOG,
  W3C_LOG,
  EVENTS,
  DRONE,
  logfmt(
    'loki_agent-logfmt.txt',
    ['ts', 'caller', 'level', 'component', 'logs_config', 'msg', 'path', 'op', 'node_id', 'duration', 'error'],
    { text: 'component', many: 'path', full: ['ts', 'level', 'msg'] },
  ),
  logfmt('derived_latin1_duration.log', ['ts', 'caller', 'level', 'traceID', 'orgID', 'msg'], {
    text: 'level',
    many: 'msg',
    full: ['ts', 'level'],
    encoding: 'latin1',
  }),
  logfmt(
    'loki_journald.txt',
    ['time', 'level', 'msg', 'caller', 'ts'],
    { text: 'level', many: 'msg', full: [] },
    'time',
  ),
  syslog('loghub_Linux_2k.log', 2005),
  syslog('loghub_OpenSSH_2k.log', 2023),
  kafka('kafka_controller_longlines.log'),
  kafka('kafka_statechange_stacktraces.log'),
  kafka('loki_kafka.txt'),
  byPattern(
    'loghub_Android_2k.log',
    '^(?<date>\\d\\d-\\d\\d) (?<clock>[\\d:.]+) +(?<pid>\\d+) +(?<tid>\\d+) (?<level>[VDIWEF]) (?<tag>.*?) *: (?<message>.*)$',
    { pid: 'integer', tid: 'integer' },
    { text: 'level', many: 'tag', number: 'tid' },
  ),
  byPattern(
    'loghub_Apache_2k.log',
    '^\\[(?<time>[^\\]]*)\\] \\[(?<level>\\w+)\\] (?<message>.*)$',
    {},
    { text: 'level', many: 'message' },
  ),
  byPattern(
    'loghub_BGL_2k.log',
    '^(?<alert>\\S+) (?<epoch>\\d+) (?<date>\\S+) (?<node>\\S+) (?<stamp>\\S+) (?<place>\\S+) (?<kind>\\S+) (?<part>\\S+) (?<level>\\S+) (?<message>.*)$',
    { epoch: 'integer' },
    {
      text: 'level',
      many: 'node',
      number: 'epoch',
      awk: words(['alert', 'epoch', 'date', 'node', 'stamp', 'place', 'kind', 'part', 'level'], 'c["message"] = rest'),
    },
  ),
  byPattern(
    'loghub_HDFS_2k.log',
    '^(?<date>\\d{6}) (?<clock>\\d{6}) (?<pid>\\d+) (?<level>[A-Z]+) (?<part>[^:]+): (?<message>.*)$',
    { pid: 'integer' },
    {
      text: 'level',
      many: 'message',
      number: 'pid',
      awk: words(
        ['date', 'clock', 'pid', 'level'],
        'colon = index(rest, ": "); c["part"] = substr(rest, 1, colon - 1); c["message"] = substr(rest, colon + 2)',
      ),
    },
  ),
  byPattern(
    'loghub_Proxifier_2k.log',
    '^\\[(?<time>[^\\]]*)\\] (?<program>.+?) - (?<target>[^ ]+:\\d+) (?<message>.*?)(?:, (?<sent>\\d+) bytes.* sent, (?<received>\\d+) bytes.*)?$',
    { sent: 'integer', received: 'integer' },
    { text: 'program', many: 'target', number: 'received' },
  ),
  byPattern(
    'loghub_Spark_2k.log',
    '^(?<time>\\d\\d/\\d\\d/\\d\\d [\\d:]+) (?<level>[A-Z]+) (?<part>[^:]+): (?<message>.*)$',
    {},
    { text: 'level', many: 'part' },
  ),
  byPattern(
    'tomcat_catalina_stacktraces.out',
    '^(?<time>\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d) (?<level>[A-Z]+) +(?<part>\\w+):(?<place>\\d+) - (?<message>.*)$',
    { time: 'time', place: 'integer' },
    { text: 'level', many: 'part', number: 'place', time: 'time' },
  ),
];
