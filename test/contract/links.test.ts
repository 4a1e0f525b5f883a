import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../e2e/command.js';
import { FILES, noClone, PAGES, proseOf } from '../helpers/pages.js';

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): string[] {
  const seen = new Map<string, number>();
  return [...proseOf(page).matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading = '']) => {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
}

/** Text with its spans of code taken out: what stands in them is no link. */
const withoutCode = (text: string) => text.replace(/(`+).*?\1/gs, '');

function linksOf(page: string): string[] {
  return [...withoutCode(proseOf(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** What is wrong with a link, or nothing. */
function faultOf(page: string, target: string): string | undefined {
  if (/^[a-z]+:/.test(target)) return /^https:/.test(target) ? undefined : 'not https';
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(join(ROOT, file))) return 'no such file';
  const isListed = FILES.includes(file) || FILES.some((one) => one.startsWith(file.endsWith('/') ? file : `${file}/`));
  if (!isListed) return 'not part of the project';
  if (anchor !== undefined && !anchorsOf(file).includes(anchor)) return 'no such heading';
  return undefined;
}

/** The folders at the root, which begin what is taken for a path of the project. */
const FOLDERS = [...new Set(FILES.filter((file) => file.includes('/')).map((file) => file.split('/')[0] ?? ''))];
/** What a build makes. */
const MADE = /^(build|dist|node_modules)\//;

/** Paths of the reader's own files, by page. */
const OTHERS: Record<string, string[]> = { 'docs/writing-plugins-rust.md': ['src/lib.rs'] };

/** The paths of the project in spans of code: `src/errors.ts`, `npx vitest run test/e2e/{a,b}.test.ts`. */
function pathsOf(page: string): string[] {
  return [...proseOf(page).matchAll(/`([^`]+)`/g)]
    .flatMap(([, code = '']) => code.split(/[\s=:]+/))
    .map((word) => word.replace(/^\.\//, ''))
    .filter((word) => FOLDERS.some((folder) => word.startsWith(`${folder}/`)) && !MADE.test(word))
    .filter((path) => !OTHERS[page]?.includes(path));
}

function alternativesOf(path: string): string[] {
  const [, before, list, after] = /^(.*?)\{([^}]*)\}(.*)$/.exec(path) ?? [];
  if (list === undefined) return [path];
  return list.split(',').flatMap((one) => alternativesOf(`${before}${one}${after}`));
}

function exists(path: string): boolean {
  const pattern = path.replace(/[.+^$()|[\]\\]/g, '\\$&').replace(/<[^>]+>|\*/g, '[^/]+');
  const whole = new RegExp(`^${pattern.replace(/\/$/, '')}(/|$)`);
  return FILES.some((file) => whole.test(file));
}

describe.skipIf(noClone)(`the pages of documentation${noClone ? ` (skipped: ${noClone})` : ''}`, () => {
  test('link only to files and headings that exist', () => {
    const broken = PAGES.flatMap((page) =>
      linksOf(page).flatMap((target) => {
        const fault = faultOf(page, target);
        return fault ? [`${page}: ${target}: ${fault}`] : [];
      }),
    );
    expect(broken).toEqual([]);
    expect(PAGES.flatMap(linksOf).length).toBeGreaterThan(60);
  });

  test('name only paths of the project that exist', () => {
    const missing = PAGES.flatMap((page) =>
      pathsOf(page).flatMap((path) =>
        alternativesOf(path)
          .filter((one) => !exists(one))
          .map((one) => `${page}: ${one}`),
      ),
    );
    expect(missing).toEqual([]);
    expect(PAGES.flatMap(pathsOf).length).toBeGreaterThan(30);
  });

  test('are all in the index docs/README.md', () => {
    const linked = linksOf('docs/README.md').map((target) => normalize(join('docs', target.split('#')[0] ?? '')));
    const wanted = PAGES.filter((page) => page !== 'docs/README.md' && !/^(plugins-c|test|samples)\//.test(page));
    expect(wanted.filter((page) => !linked.includes(page))).toEqual([]);
  });
});
