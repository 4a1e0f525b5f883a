import { distance } from 'fastest-levenshtein';

/** The known names that a misspelt one is likely to mean, best first, at most three. */
export function nearest(name: string, known: Iterable<string>): string[] {
  // Two letters that changed places are two steps. A third of the letters wrong is still a slip; more is another word.
  const limit = Math.max(name.length < 4 ? 1 : 2, Math.floor(name.length / 3));
  return [...known]
    .map((candidate) => ({ candidate, steps: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ steps }) => steps <= limit)
    .sort((a, b) => a.steps - b.steps)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}
