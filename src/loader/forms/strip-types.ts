import { FormMissingError, ScriptError } from '../../errors/index.js';

type Strip = (code: string) => string;

/**
 * Returns TypeScript without its types. Blanks take their place, so lines and columns stay. Node does it from 22.13 and
 * 23.2 on; before, the package amaro does, which is what Node contains.
 * @param main the path of the script's main file, for messages
 * @param name the name of the file
 * @throws ScriptError, FormMissingError
 */
export function stripTypes(main: string, name: string, code: string): string {
  const strip = ofNode() ?? ofAmaro();
  if (!strip) {
    throw new FormMissingError(main, 'TypeScript', 'package amaro, and this Node cannot remove types itself', {
      hint: 'npm install amaro, or use Node 22.13 or later',
    });
  }
  try {
    return strip(code);
  } catch (cause) {
    throw new ScriptError(main, typeof cause === 'string' ? drawn(name, cause) : reported(name, cause), { cause });
  }
}

/**
 * Returns the place and the reason of what Node and the package since its version 1 throw. Node puts the line before the
 * stack, as `:2`, and the package has it in fields.
 */
function reported(name: string, cause: unknown): string {
  const { message, stack, startLine, startColumn } = cause as Partial<Record<string, unknown>>;
  const [reason = ''] = String(message).trim().split('\n');
  const line = startLine ?? /^:(\d+)\n/.exec(String(stack))?.[1];
  const place = typeof startColumn === 'number' ? `${line}:${startColumn + 1}` : line;
  return `${name}:${place === undefined ? '' : `${place}:`} ${reason}`;
}

/** Does the same for the text that the package throws before: `x REASON`, and a drawing that names the line. */
function drawn(name: string, text: string): string {
  const [first = ''] = text.trim().split('\n');
  const line = /,-\[(\d+):\d+\]$/m.exec(text)?.[1] ?? 1;
  return `${name}:${line}: ${first.replace(/^[x\u00d7] +/, '')}`;
}

function ofNode(): Strip | undefined {
  const { stripTypeScriptTypes } = process.getBuiltinModule('node:module') as { stripTypeScriptTypes?: Strip };
  if (!stripTypeScriptTypes) return undefined;
  return (code) => {
    // Node warns that the function may still change.
    const { emitWarning } = process;
    process.emitWarning = () => {};
    try {
      return stripTypeScriptTypes(code);
    } finally {
      process.emitWarning = emitWarning;
    }
  };
}

function ofAmaro(): Strip | undefined {
  try {
    // Loaded on demand, as in ofNode: the start of the command must not load node:module.
    const { createRequire } = process.getBuiltinModule('node:module');
    const amaro = createRequire(import.meta.filename ?? __filename)('amaro') as {
      transformSync(code: string, options: { mode: string }): { code: string };
    };
    return (code) => amaro.transformSync(code, { mode: 'strip-only' }).code;
  } catch {
    return undefined;
  }
}
