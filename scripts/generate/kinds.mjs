// Makes what follows from the rows of native/include/plughost/kinds.def: src/contract/kinds.ts, and the module of the
// Rust crate that lists the kinds.

/** The kinds that pass lines on. */
const LINE_STAGES = ['filter', 'transform'];

const HEAD = ['size', 'flags', 'state_new', 'state_free'];

/** Returns the kinds in the order of their rows. Throws an Error that names the first row it cannot read. */
export function readKinds(text) {
  const [, ...rows] = text.replaceAll(/\/\*.*?\*\/|^#[^\n]*/gms, '').split(/^PLUG_KIND\(/m);
  return rows.map((row) => {
    const [, name, NAME, id, functions, flags, rules] =
      /^(\w+), (\w+), "([^"]+)",\s*((?:PLUG_(?:MANDATORY|OPTIONAL)\(\w+\)\s*)+),\s*((?:PLUG_FLAG\([^()]+\)\s*)*),\s*((?:PLUG_EXCLUSIVE\([^()]+\)\s*)*)\)\s*$/.exec(
        row,
      ) ?? [];
    if (!name) throw new Error(`kinds.def: this is no row of a kind: PLUG_KIND(${row})`);
    const called = (macro, list) =>
      Array.from(list.matchAll(new RegExp(`${macro}\\((.+?)\\)`, 'g')), ([, words]) => words);
    return {
      name,
      NAME,
      id,
      functions: called('PLUG_(?:MANDATORY|OPTIONAL)', functions),
      mandatory: called('PLUG_MANDATORY', functions),
      flags: Object.fromEntries(called('PLUG_FLAG', flags).map((words) => words.split(', ').slice(1))),
      exclusive: called('PLUG_EXCLUSIVE', rules).map((words) => words.split(', ').slice(1)),
    };
  });
}

const NOTE = 'Made by scripts/generate/kinds.mjs from native/include/plughost/kinds.def; a build writes it again.';

function flagsOf(flags) {
  const fields = Object.entries(flags).map(([flag, bit]) => `${flag}: ${bit}`);
  return fields.length > 0 ? `{ ${fields.join(', ')} }` : '{}';
}

function typeScriptOf(kinds) {
  const texts = (list) => `[${list.map((text) => `'${text}'`).join(', ')}]`;
  const rows = kinds.map(
    ({ name, id, functions, mandatory, flags, exclusive }) => `  ${name}: {
    id: '${id}',
    functions: ${texts(functions)},
    mandatory: ${texts(mandatory)},
    flags: ${flagsOf(flags)},
    exclusive: [${exclusive.map(texts).join(', ')}],
  },`,
  );
  return `// ${NOTE}

/** The first fields of the struct of every kind. */
export const KIND_HEAD = ${texts(HEAD)} as const;

/**
 * The kinds of plugins. The struct of each begins with the fields of KIND_HEAD. The pointers of its functions follow in
 * this order. Every plugin states a size that includes the last mandatory one.
 */
export const KINDS = {
${rows.join('\n')}
} as const;

/** The name of a kind. */
export type Kind = keyof typeof KINDS;

/** The names of all kinds, in the order of the rows. */
export const KIND_NAMES = Object.keys(KINDS) as readonly Kind[];

/** A kind that is a stage of lines. A pipeline has any number of these, and at most one exporter at its end. */
export type StageKind = ${LINE_STAGES.map((name) => `'${name}'`).join(' | ')};

/** The names of the kinds that are stages of lines. */
export const STAGE_KINDS = ${texts(LINE_STAGES)} as const satisfies readonly StageKind[];
`;
}

/** The words of Rust that a function of the contract may be named as; there an underscore follows them. */
const RUST_WORDS = ['loop', 'match', 'move', 'ref', 'type', 'use', 'where'];

/** The trait that the functions of a kind call, where authors may implement another one. */
const CALLED = { aggregator: 'aggregator::Aggregates' };

function rustOf(kinds) {
  const trait = (name) => name.replaceAll(/(?:^|_)([a-z])/g, (_, letter) => letter.toUpperCase());
  const field = (name) => (RUST_WORDS.includes(name) ? `${name}_` : name);
  const each = (textOf) => kinds.map(textOf).join('\n');
  const sorted = kinds.map(({ name }) => name).sort();
  return `// ${NOTE}
//! The kinds of plugins, one module each.
#![allow(missing_docs)]

${sorted.map((name) => `pub mod ${name};`).join('\n')}

use std::ffi::CStr;
use std::mem::{offset_of, size_of};

${each(
  ({ name, NAME, id, functions, mandatory, flags }) => `pub const ${NAME}_ID: &CStr = c"${id}";
${Object.entries(flags)
  .map(([flag, bit]) => `pub const ${NAME}_${flag}: u32 = ${bit};`)
  .join('\n')}
/// The smallest size that the struct may state, in bytes. Later versions of the contract only add functions.
pub const ${NAME}_LEAST: usize = offset_of!(${name}::Calls, ${field(functions.findLast((name) => mandatory.includes(name)))}) + size_of::<*const ()>();
`,
)}
/// The structs of the C contract by the names of their traits, and the constants.
#[rustfmt::skip]
pub mod abi {
${each(({ name, NAME, flags }) => {
  const constants = ['ID', 'LEAST', ...Object.keys(flags)].map((constant) => `${NAME}_${constant}`);
  return `    pub use super::${name}::Calls as ${trait(name)};\n    pub use super::{${constants.sort().join(', ')}};`;
})}
}

/// What authors implement.
pub mod traits {
${sorted.map((name) => `    pub use super::${name}::${trait(name)};`).join('\n')}
}

/// The struct of a plugin for the id of a kind, by the name of the trait, as \`export!\` spells it.
#[allow(non_snake_case)]
#[rustfmt::skip]
pub mod offer {
    use std::ffi::{c_void, CStr};

${each(
  ({
    name,
    NAME,
  }) => `    pub fn ${trait(name)}<P: super::${CALLED[name] ?? `traits::${trait(name)}`}>(plugin: Option<&P>, id: &CStr) -> Option<*const c_void> {
        (id == super::${NAME}_ID).then(|| std::ptr::from_ref(super::${name}::Entries::<P>::calls(plugin)).cast())
    }`,
)}
}

/// Calls a macro with the struct of each kind and its fields, for a test of the layout.
#[doc(hidden)]
#[macro_export]
macro_rules! kinds {
    ($each:ident) => {
${each(({ name, NAME, functions }) => {
  const fields = [...HEAD, ...functions].map((name) => (field(name) === name ? name : `${field(name)} = "${name}"`));
  return `        $each!(plug_${name} = ${trait(name)} least ${NAME}_LEAST { ${fields.join(', ')} });`;
})}
    };
}
`;
}

/** Returns the texts of the files that follow from kinds.def, by their paths in the project. */
export function kindsOf(text) {
  const kinds = readKinds(text);
  return {
    'src/contract/kinds.ts': typeScriptOf(kinds),
    'plugins-rust/plughost/src/kinds/mod.rs': rustOf(kinds),
  };
}
