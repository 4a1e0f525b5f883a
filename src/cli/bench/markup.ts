import { cleaned } from '../../text/printable.js';

/** Text that stands between or in tags as what it is. What cannot be printed, such as control characters, is escaped. */
export function escaped(text: string): string {
  return cleaned(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** An element; its content is markup already. */
export function element(name: string, attributes: Record<string, string | number>, content?: string): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  return `<${name}${written.join('')}${content === undefined ? '/>' : `>${content}</${name}>`}`;
}
