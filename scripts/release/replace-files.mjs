import { readFileSync, writeFileSync } from 'node:fs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const ignore = () => {};

/**
 * Replaces the texts of files, by their paths: all of them or none. A signal has no effect meanwhile, and after a failure
 * the files are as they were.
 * @throws Error with the reason of the system
 */
export function replaceFiles(texts) {
  const before = new Map([...texts.keys()].map((path) => [path, readFileSync(path)]));
  const write = (contents) => {
    for (const [path, content] of contents) writeFileSync(path, content);
  };
  for (const signal of SIGNALS) process.on(signal, ignore);
  try {
    write(texts);
  } catch (error) {
    const changed = [...before].filter(([path, content]) => !readFileSync(path).equals(content));
    write(changed);
    throw error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, ignore);
  }
}
