// The changelog, in the form of Keep a Changelog.

const UNRELEASED = '## [Unreleased]\n';
/** A line that is no heading, so that it says something. */
const SENTENCE = /^(?!#)\S/m;
const headOf = (version) => `## [${version}] - `;

/**
 * Returns the changelog with what is unreleased as the section of a version.
 * @throws Error if there is no section for that, or it says nothing, or the version has a section
 */
export function releaseChangelog(text, version, date) {
  if (text.includes(`\n${headOf(version)}`)) throw new Error(`CHANGELOG.md has a section for ${version} already`);
  if (!text.includes(`\n${UNRELEASED}`)) throw new Error('CHANGELOG.md has no section [Unreleased]');
  if (!SENTENCE.test(notesUnder(text, UNRELEASED))) throw new Error('CHANGELOG.md says nothing under [Unreleased]');
  return text.replace(UNRELEASED, `${UNRELEASED}\n${headOf(version)}${date}\n`);
}

/** Returns what the changelog says about a version, or undefined if it has no section with a date for it. */
export function notesOf(text, version) {
  const head = new RegExp(`^${headOf(version).replace(/[[\].]/g, '\\$&')}\\d{4}-\\d\\d-\\d\\d\n`, 'm').exec(text)?.[0];
  return head === undefined ? undefined : notesUnder(text, head);
}

/** Returns the text from a head to the next one of its kind. */
function notesUnder(text, head) {
  const start = text.indexOf(head);
  if (start < 0) return '';
  const rest = text.slice(start + head.length);
  const end = rest.search(/^## /m);
  return (end < 0 ? rest : rest.slice(0, end)).trim();
}
