import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { buildFolder } from '../../src/addon.js';

// The tests are in plugins-c/test/, in C++, because they call the plugins as the engine does.
const driver = fileURLToPath(new URL('test/plugins_c_test', buildFolder));
const plugins = fileURLToPath(new URL('plugins', buildFolder));
const names = execFileSync(driver, ['--list'], { encoding: 'utf8' }).trim().split('\n');

describe('the plugins in C', () => {
  test.each(names)('%s', (name) => {
    const { status, signal, stderr } = spawnSync(driver, [plugins, name], { encoding: 'utf8' });
    expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
  });
});
