import { describe, expect, it } from 'vitest';
import { exec, ROOT } from '../e2e/command.js';
import { HOSTILE, log } from './drill.js';

// Skipped under a sanitizer, whose own memory exceeds the limit.
const sanitized = process.env.LD_PRELOAD !== undefined;
const MAX = 200 << 20;

/** Returns the peak memory of a host that uses the plugin. */
async function peak(role: string, attack: string, form: string, off: boolean): Promise<number> {
  const config = JSON.stringify({ attack, off, at: role === 'run' ? 'run' : 'lines' });
  const outcome = await exec(process.execPath, ['test/hostile/peak.mjs', log, role, HOSTILE, config, form], {
    cwd: ROOT,
  });
  expect(outcome.stderr).toBe('');
  expect(outcome.status).toBe(0);
  return Number(outcome.stdout);
}

/** The peak without an attack, by role and form. */
const usualPeaks = new Map<string, number>();
const CLAIMS = ['bytes-full', 'ranges-full', 'origins-full', 'bytes-most'];
describe.skipIf(sanitized)('a host whose plugin claims to have made much', () => {
  it.each([
    ...CLAIMS.map((attack) => ({ role: 'filter', attack, form: 'lines' })),
    ...CLAIMS.flatMap((attack) => ['lines', 'json'].map((form) => ({ role: 'transform', attack, form }))),
    ...CLAIMS.map((attack) => ({ role: 'exporter', attack, form: 'lines' })),
    { role: 'run', attack: 'bytes-full', form: 'lines' },
  ])('stays small: $attack as $role, shown as $form', async ({ role, attack, form }) => {
    // Without its attack the plugin is the same whatever the attack.
    const usual = usualPeaks.get(`${role} ${form}`) ?? (await peak(role, attack, form, true));
    usualPeaks.set(`${role} ${form}`, usual);
    expect((await peak(role, attack, form, false)) - usual).toBeLessThan(MAX);
  });
});
