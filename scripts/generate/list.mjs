/** Columns of a line of code. */
const WIDTH = 120;

/** Returns a list of texts as the formatter writes it in a line that has `beside` other columns, indented by two. */
export function listOf(texts, beside) {
  const list = `[${texts.map((text) => `'${text}'`).join(', ')}]`;
  return list.length + beside <= WIDTH ? list : `[\n${texts.map((text) => `    '${text}',\n`).join('')}  ]`;
}
