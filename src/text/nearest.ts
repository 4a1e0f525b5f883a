import { distance } from 'fastest-levenshtein';

/** Returns at most three known names that a misspelt name may stand for, the nearest first. */
export function nearest(name: string, known: Iterable<string>): string[] {
  // Two swapped letters are two steps. Up to a third of the letters may be wrong; beyond that it is another word.
  const limit = Math.max(name.length < 4 ? 1 : 2, Math.floor(name.length / 3));
  const near: { candidate: string; steps: number }[] = [];
  for (const candidate of known) {
    // The distance is at least the difference in length. A library may have many long names, so skip the costly
    // distance.
    if (Math.abs(candidate.length - name.length) > limit) continue;
    const steps = distance(name.toLowerCase(), candidate.toLowerCase());
    // Names without a letter in common are no slips of each other.
    if (steps <= limit && steps < Math.max(name.length, candidate.length)) near.push({ candidate, steps });
  }
  return near
    .sort((a, b) => a.steps - b.steps)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}
