import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildFolder } from '../../src/addon.js';

// The tests are in plugins-c/test/, in C++, because they call the plugins as the engine does.
const driver = join(buildFolder, 'test/plugins_c_test');
const plugins = join(buildFolder, 'plugins');
const names = execFileSync(driver, ['--list'], { encoding: 'utf8' }).trim().split('\n');

describe('the plugins in C', () => {
  test.each(names)('%s', (name) => {
    const { status, signal, stderr } = spawnSync(driver, [plugins, name], { encoding: 'utf8' });
    expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
  });
});
