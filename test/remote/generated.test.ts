import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ROOT } from '../e2e/command.js';

const { generate, installTools } = (await import(new URL('../../scripts/generate/grpc.mjs', import.meta.url).href)) as {
  generate(): { folder: string; made: string[] };
  installTools(): void;
};

/** Why the tools cannot be had here; undefined when they are there. */
function missingTools(): string | undefined {
  try {
    installTools();
    return undefined;
  } catch (error) {
    return String(error).slice(0, 200);
  }
}

const missing = missingTools();

test.skipIf(missing)(
  `what is made of the .proto files is current${missing ? ` (skipped: ${missing})` : ''}`,
  { timeout: 120_000 },
  () => {
    const { folder, made } = generate();
    onTestFinished(() => rmSync(folder, { recursive: true }));
    expect(made).toHaveLength(6);
    const texts = (root: string) =>
      Object.fromEntries(made.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
    expect(texts(ROOT)).toEqual(texts(folder));
  },
);
