/** When colour or progress is shown: on a terminal, always, or never. */
export const WHEN = ['auto', 'always', 'never'] as const;

export type When = (typeof WHEN)[number];
