// Made by scripts/generate/kinds.mjs from native/include/plughost/kinds.def; a build writes it again.

/** The first fields of the struct of every kind. */
export const KIND_HEAD = ['size', 'flags', 'state_new', 'state_free'] as const;

/**
 * The kinds of plugins. The struct of each begins with the fields of KIND_HEAD. The pointers of its functions follow in
 * this order. Every plugin states a size that includes the last mandatory one.
 */
export const KINDS = {
  filter: {
    id: 'plug.filter/1',
    functions: ['match', 'match_batch', 'scan', 'literal', 'spans'],
    mandatory: ['match'],
    flags: { LINEWISE: 1, ORDERED: 2 },
    exclusive: [['LINEWISE', 'ORDERED']],
  },
  transform: {
    id: 'plug.transform/1',
    functions: ['transform', 'transform_batch'],
    mandatory: ['transform'],
    flags: { LINEWISE: 1, ORDERED: 2 },
    exclusive: [['LINEWISE', 'ORDERED']],
  },
  exporter: {
    id: 'plug.exporter/1',
    functions: ['begin', 'write', 'end', 'begin_rows', 'write_rows'],
    mandatory: ['write'],
    flags: { ROWWISE: 1, NUMBERS: 2, NAMES: 4, TIMES: 8 },
    exclusive: [],
  },
  parser: {
    id: 'plug.parser/1',
    functions: ['want', 'parse', 'field'],
    mandatory: ['want', 'parse'],
    flags: { LINEWISE: 1, ORDERED: 2, OPEN: 4 },
    exclusive: [['LINEWISE', 'ORDERED']],
  },
  row_filter: {
    id: 'plug.row_filter/1',
    functions: ['column', 'keep'],
    mandatory: ['column', 'keep'],
    flags: { LINEWISE: 1, ORDERED: 2 },
    exclusive: [['LINEWISE', 'ORDERED']],
  },
  aggregator: {
    id: 'plug.aggregator/1',
    functions: ['column', 'output', 'update', 'serialize', 'merge', 'finish', 'revision', 'memory'],
    mandatory: ['column', 'output', 'update', 'serialize', 'merge', 'finish'],
    flags: {},
    exclusive: [],
  },
} as const;

/** The name of a kind. */
export type Kind = keyof typeof KINDS;

/** The names of all kinds, in the order of the rows. */
export const KIND_NAMES = Object.keys(KINDS) as readonly Kind[];

/** A kind that is a stage of lines. A pipeline has any number of these, and at most one exporter at its end. */
export type StageKind = 'filter' | 'transform';

/** The names of the kinds that are stages of lines. */
export const STAGE_KINDS = ['filter', 'transform'] as const satisfies readonly StageKind[];
