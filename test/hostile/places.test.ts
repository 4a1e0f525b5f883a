import { describe, expect, it } from 'vitest';
import { attacked, expectComplete, expectExact, isolates, left, type Role } from './drill.js';

/** Attacks of a transform, on the origins of its lines. */
const ORIGINS = [
  'origins-descend',
  'origin-before-kept',
  'origin-of-kept',
  'kept-and-made',
  'origin-twice',
  'origin-in-line',
  'origin-behind-block',
  'origin-enormous',
  'origin-missing',
  'origin-of-nothing',
  'origin-in-made-line',
  'origin-begins-late',
  'origin-behind-made',
  'made-without-newline',
  'made-not-passed-on',
  'made-behind-made',
];
/** Attacks of filters and transforms, on the lines that they keep. */
const RANGES = [
  'line-twice',
  'line-torn',
  'line-begins-late',
  'range-empty',
  'range-reversed',
  'range-behind-block',
  'text-unknown',
  'text-enormous',
];
/** Outputs that read the offsets of lines. */
const FORMS: Record<string, { print?: object; limit?: number }> = {
  plain: {},
  '-n': { print: { numbers: true } },
  '--json': { print: { form: 'json' } },
  '-n -m': { print: { numbers: true }, limit: 2000 },
};

function shown(form: string, lines: ReturnType<typeof left>): string {
  const most = lines.slice(0, FORMS[form]?.limit);
  return most.map(({ number, text }) => (form.startsWith('-n') ? `${number}:${text}\n` : `${text}\n`)).join('');
}
/** Returns the numbers and texts of lines in JSON Lines. */
function parsed(output: string): string {
  const messages = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return messages
    .filter(({ type }) => type === 'match')
    .map(({ data }) => `${data.line_number}:${data.lines.text}`)
    .join('');
}

describe.each(isolates)('a plugin ($name) that forges places of lines', ({ isolate }) => {
  const check = async (name: string, before: Role[], role: Role, after: Role[], form: string) => {
    const roles = [...before, role, ...after];
    for (const off of [false, true]) {
      const pipeline = FORMS[form] as object;
      const outcome = await attacked({ name, role, before, after, off, isolate, pipeline });
      if (form === '--json') outcome.output = parsed(outcome.output);
      const wanted = shown(form === '--json' ? '-n' : form, left(roles, !off));
      if (form === '-n -m') {
        // The run may reach its limit before the last poisoned line.
        expect(outcome.output).toBe(shown(form, left(roles, !off)));
        expect(off ? outcome.heldBack : outcome.forged).toBeGreaterThan(0);
      } else {
        (off ? expectComplete : expectExact)(outcome, wanted);
      }
    }
  };

  it.each([...ORIGINS, ...RANGES])('as a transform, by %s', (name) => check(name, [], 'transform', [], '-n'));
  it.each(RANGES)('as a filter, by %s', (name) => check(name, [], 'filter', [], '-n'));
  it.each(Object.keys(FORMS))('as a transform, by origins that descend, shown as %s', (form) =>
    check('origins-descend', [], 'transform', [], form),
  );
  it.each(ORIGINS.slice(0, 5))('as a transform between others, by %s', (name) =>
    check(name, ['transform'], 'transform', ['filter'], '-n'),
  );
  it.each(ORIGINS.slice(0, 5))('as a transform before an exporter, by %s', (name) =>
    check(name, ['filter'], 'transform', ['exporter'], 'plain'),
  );
});
