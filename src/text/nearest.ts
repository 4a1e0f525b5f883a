import { distance } from 'fastest-levenshtein';

/** The known names that a misspelt one is likely to mean, best first, at most three. */
export function nearest(name: string, known: Iterable<string>): string[] {
  // Two letters that changed places are two steps. A third of the letters wrong is still a slip; more is another word.
  const limit = Math.max(name.length < 4 ? 1 : 2, Math.floor(name.length / 3));
  const near: { candidate: string; steps: number }[] = [];
  for (const candidate of known) {
    // The difference in length is the least that the distance can be, and a library may have many long names.
    if (Math.abs(candidate.length - name.length) > limit) continue;
    const steps = distance(name.toLowerCase(), candidate.toLowerCase());
    if (steps <= limit) near.push({ candidate, steps });
  }
  return near
    .sort((a, b) => a.steps - b.steps)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}
