// What is searched for, and the plugins that find it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { goProgram, nodeServer, pythonProgram, wasmModule } from './foreign.mjs';

export const PLACES = ['in-process', 'isolated', 'sandboxed'];

const TEXT = 'ERROR';
const PATTERN = '(ERROR|FATAL) +\\[';

/**
 * Returns the tasks. Of each, the first plugin is what the others are compared with. A plugin has the places where it runs,
 * `slow` if one run is enough, `lacks` if it is left out, which says why, and `make`, which returns (in a promise) the words
 * that follow --filter, or why there are none.
 * @param installed the names of the plugins and adapters that are built
 * @param folder where files of plugins go
 */
export function tasksFor(installed, folder) {
  const file = (name, text) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const plugin = (form, needs, words, more = {}) => ({
    ...{ form, make: () => ({ words }), places: PLACES, slow: false },
    lacks: installed.has(needs) ? undefined : `${needs} is not built`,
    ...more,
  });
  const rules = (name, keep) => {
    const body = { rules: 1, id: `org.example.${name}`, name, version: '1.0.0', keep };
    return plugin('rules', 'rules', [file(`${name}.rules.json`, JSON.stringify(body))]);
  };
  const script = (form, name, code, slow) => {
    const manifest = JSON.stringify({ id: `org.example.${name}`, name, version: '1.0.0' });
    return plugin(form, 'script', [file(`${name}.js`, `/* plughost ${manifest} */\n${code}\n`)], { slow });
  };
  /** One that has to be compiled or started: `start` does it. */
  const foreign = (form, needs, start, more = {}) => ({
    ...plugin(form, needs, [], more),
    async make() {
      const { source, lacks } = await start(folder);
      return { words: [source, '-p', `text=${TEXT}`], lacks };
    },
  });
  const isolated = { places: ['isolated'] };
  const filter = `export default () => ({ filter: (line) => line.includes('${TEXT}') });`;

  return [
    {
      name: `the text ${TEXT}`,
      plugins: [
        plugin('library in C (contains)', 'contains', ['contains', '-p', `text=${TEXT}`]),
        plugin('builtin', 'builtin:contains', ['builtin:contains', '-p', `text=${TEXT}`]),
        rules('text', { text: TEXT }),
        script('script with a literal', 'hinted', `export const literals = ['${TEXT}'];\n${filter}`, false),
        script('script', 'plain', filter, true),
        foreign('WebAssembly', 'wasm', wasmModule),
        foreign('program in Go', 'grpc', goProgram, isolated),
        foreign('program in Python', 'grpc', pythonProgram, { ...isolated, slow: true }),
        foreign('server in Node', 'http', nodeServer, { ...isolated, slow: true }),
      ],
    },
    {
      name: `the pattern ${PATTERN}`,
      plugins: [
        plugin('library in Rust (regex)', 'regex', ['regex', '-p', `pattern=${PATTERN}`]),
        plugin('library in C (patterns)', 'patterns', ['patterns', '-p', `patterns=${JSON.stringify([PATTERN])}`]),
        rules('pattern', { regex: PATTERN }),
        script(
          'script',
          'pattern',
          `const pattern = /${PATTERN}/;\nexport default () => ({ filter: (line) => pattern.test(line) });`,
          true,
        ),
      ],
    },
  ];
}
