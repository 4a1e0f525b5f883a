import { cleaned } from '../../text/printable.js';

/** A line that a program printed, or a record that it logged. */
export interface ProgramLogLine {
  /** The program's name in messages. */
  label: string;
  level: 'debug' | 'info' | 'warning' | 'error';
  /** One printable line. */
  message: string;
}

type Level = ProgramLogLine['level'];

/** The levels of hclog, the logger of go-plugin, in both its forms. */
const LEVELS: ReadonlyMap<string, Level> = new Map([
  ['trace', 'debug'],
  ['debug', 'debug'],
  ['info', 'info'],
  ['warn', 'warning'],
  ['error', 'error'],
]);

/** Reads the lines of a program's standard error. */
export class ErrorLines {
  readonly #label: string;
  readonly #log: (line: ProgramLogLine) => void;
  #panicked = false;

  constructor(label: string, log: (line: ProgramLogLine) => void) {
    this.#label = label;
    this.#log = log;
  }

  add(line: string): void {
    if (line.trim() === '') return;
    // What follows is the stack of a Go program that is about to end.
    if (/^(panic|fatal error): /.test(line)) this.#panicked = true;
    const { level, message } = jsonRecord(line) ?? plainRecord(line);
    this.#log({ label: this.#label, level: this.#panicked ? 'error' : level, message: cleaned(message) });
  }
}

type LogRecord = Omit<ProgramLogLine, 'label'>;

/** Reads a record that hclog wrote as JSON. Returns undefined for any other line. */
function jsonRecord(line: string): LogRecord | undefined {
  if (!line.startsWith('{')) return undefined;
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof record !== 'object' || record === null || !('@message' in record)) return undefined;
  const {
    '@level': level,
    '@message': message,
    '@module': module,
    '@timestamp': _,
    ...values
  } = record as Record<string, unknown>;
  const pairs = Object.entries(values).map(([key, value]) => ` ${key}=${textOf(value)}`);
  const head = module === undefined ? '' : `${textOf(module)}: `;
  return { level: LEVELS.get(String(level)) ?? 'info', message: head + textOf(message) + pairs.join('') };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Reads the level that hclog writes before a text, after an optional time. */
function plainRecord(line: string): LogRecord {
  const [, level, text] = /^(?:\S+ )?\[(TRACE|DEBUG|INFO|WARN|ERROR)\]\s*(.*)$/s.exec(line) ?? [];
  if (level === undefined || text === undefined) return { level: 'info', message: line };
  return { level: LEVELS.get(level.toLowerCase()) ?? 'info', message: text };
}
