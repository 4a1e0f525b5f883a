import { describe, expect, it } from 'vitest';
import { loadPlugin, onPluginLog, PlughostError } from '../../src/index.js';
import { attacked, expectComplete, expectExact, HOSTILE, isolates, left, plainly, ROLES, says } from './drill.js';

/** Attacks on the header of an answer about lines. */
const VALUES = [
  'outcome-unknown',
  'outcome-enormous',
  'contract-two',
  'kept-two',
  'fails-well',
  'fails-positively',
  'message-enormous',
  'no-memory',
];
const SIZES = [
  'bytes-full',
  'bytes-over',
  'bytes-enormous',
  'bytes-nearly-enormous',
  'bytes-4-gib',
  'ranges-full',
  'ranges-enormous',
  'origins-full',
  'origins-enormous',
];
/** Attacks that look like errors of the plugin, which end the run. */
const WORDS = ['fails-elsewhere', 'fails-before-all', 'code-unknown', 'cancelled', 'words-of-terminal'];
const STARTS = [
  'refusal-unknown',
  'refusal-enormous',
  'refusal-none',
  'refusal-long',
  'refusal-of-terminal',
  'state-unknown',
  'state-enormous',
  'name-long',
  'struct-long',
  'struct-short',
  'linewise-and-ordered',
];

// biome-ignore lint/suspicious/noControlCharactersInRegex: these bytes must not reach a terminal
const UNCLEAN = /[\x00-\x1f\x7f-\x9f\u2028-\u202e]/;

describe.each(isolates)('a plugin ($name) that forges values', ({ isolate }) => {
  it.each(ROLES.flatMap((role) => [...VALUES, ...SIZES].map((name) => ({ role, name }))))(
    'as $role by $name costs the lines for which it does, and no others',
    async ({ role, name }) => {
      for (const off of [false, true]) {
        const outcome = await attacked({ name, role, off, isolate });
        (off ? expectComplete : expectExact)(outcome, plainly(left([role], !off)));
      }
    },
  );

  it.each(ROLES.flatMap((role) => WORDS.map((name) => ({ role, name }))))(
    'as $role by $name ends the run with a clean error',
    async ({ role, name }) => {
      const outcome = await attacked({ name, role, isolate });
      expect(outcome.forged).toBeGreaterThan(0);
      expect(outcome.errors.map(({ code }) => code)).toEqual([
        name === 'cancelled' ? 'ERR_CONTRACT_VIOLATION' : 'ERR_PLUGIN_FAILED',
      ]);
      for (const { message } of outcome.errors) {
        expect(message).not.toMatch(UNCLEAN);
        expect(message).not.toMatch(/at byte/);
      }
      expect(plainly(left([role], true)).startsWith(outcome.output)).toBe(true);
      const held = await attacked({ name, role, off: true, isolate });
      expectComplete(held, plainly(left([role], false)));
    },
  );

  it.each(['init', 'new'].flatMap((at) => STARTS.map((name) => ({ at, name }))))(
    'in $at by $name is refused with a code',
    async ({ at, name }) => {
      const told: string[] = [];
      onPluginLog(({ message }) => told.push(message));
      const start = (off: boolean) => loadPlugin(HOSTILE, { isolate, config: { attack: name, at, off } });
      let error: unknown;
      try {
        start(false).close();
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(PlughostError);
      const { code, message } = error as PlughostError;
      expect(code).toBe(name === 'refusal-of-terminal' ? 'ERR_OPEN' : 'ERR_PLUGIN_FAULT');
      expect(message).not.toMatch(UNCLEAN);
      using plugin = start(true);
      expect(plugin.run()).toBe('did its own job');
      await says(plugin, told, `forged ${name}`);
      await says(plugin, told, `held back ${name}`);
    },
  );
});

describe.each(isolates)('a plugin ($name) that forges the answer to a call', ({ isolate }) => {
  it.each([...VALUES, ...SIZES.slice(1, 5), ...WORDS])('of run by %s is told so with a code', async (name) => {
    const told: string[] = [];
    onPluginLog(({ message }) => told.push(message));
    using plugin = loadPlugin(HOSTILE, { isolate, config: { attack: name, at: 'run' } });
    let error: unknown;
    try {
      plugin.run();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(PlughostError);
    expect((error as PlughostError).code).toMatch(/^ERR_PLUGIN_(FAULT|FAILED)$/);
    expect((error as PlughostError).message).not.toMatch(UNCLEAN);
    using other = loadPlugin(HOSTILE, { isolate, config: { attack: name, at: 'run', off: true } });
    expect(other.run()).toBe('did its own job');
    await says(other, told, `forged ${name}`);
    await says(other, told, `held back ${name}`);
  });
});
