/* plughost {
  "id": "org.example.template",
  "name": "template",
  "version": "0.1.0",
  "description": "Looks for a text",
  "config": {
    "type": "object",
    "properties": {
      "text": { "type": "string", "minLength": 1, "default": "ERROR", "description": "What to look for" }
    },
    "additionalProperties": false
  }
} */

interface Options {
  text: string;
}

export default ({ text }: Options) => ({
  /** Returns what `plughost load` shows. */
  run: (): string => `Looks for ${text}`,

  // kind: filter
  /** Returns whether a line, given without its newline, is kept. */
  filter: (line: string): boolean => line.includes(text),
  // end

  // kind: transform
  /** Returns what takes the place of a line: a text, an array of texts, null for nothing, undefined for the line. */
  transform: (line: string): string | string[] | null | undefined =>
    line.includes(text) ? line.replaceAll(text, () => `[${text}]`) : undefined,
  // end

  // kind: exporter
  /** Returns what is written: before the first line, for one or more lines, after the last line. */
  exporter: {
    begin: (): string => `# ${text}\n\n`,
    write: (lines: string[]): string => lines.map((line) => `- ${line}\n`).join(''),
    end: (): string => '',
  },
  // end
});
