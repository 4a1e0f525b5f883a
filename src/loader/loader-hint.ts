/** What to do about the words of the system's loader, in this process or in one of the plugin's own. */
export function loaderHint(reason: string): { hint?: string } {
  const [, needed] = /(?:^|: )(\S+): cannot open shared object file/.exec(reason) ?? [];
  return needed ? { hint: `it needs ${needed}: install that; host inspect shows where it is looked for` } : {};
}
