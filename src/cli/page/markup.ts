import { cleaned } from '../../text/printable.js';

/** Escapes text for use in markup and attributes. Makes control characters visible. */
export function escaped(text: string): string {
  return cleaned(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Returns an element. `content` must be markup already. */
export function element(name: string, attributes: Record<string, string | number>, content?: string): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  return `<${name}${written.join('')}${content === undefined ? '/>' : `>${content}</${name}>`}`;
}
