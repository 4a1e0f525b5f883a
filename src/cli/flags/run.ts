import type { Flag } from './flag.js';
import { INPUT_FLAGS, type InputRequest } from './input.js';
import { ISOLATION_FLAGS, type IsolationRequest } from './isolation.js';
import { LINES_FLAGS, type LinesRequest } from './lines.js';
import { OTHER_FLAGS, type OtherRequest } from './other.js';
import { OUTPUT_FLAGS, type OutputRequest } from './output.js';
import { PLUGIN_FLAGS, type PluginsRequest } from './plugins.js';
import { ROWS_FLAGS, type RowsRequest } from './rows.js';

/** What the flags of `plughost run` ask for. */
export type RunFlags = InputRequest &
  LinesRequest &
  RowsRequest &
  PluginsRequest &
  OutputRequest &
  IsolationRequest &
  OtherRequest;

/** The flags of `plughost run`, group by group. */
export const RUN_FLAGS: readonly Flag<RunFlags>[] = [
  ...INPUT_FLAGS,
  ...LINES_FLAGS,
  ...ROWS_FLAGS,
  ...PLUGIN_FLAGS,
  ...OUTPUT_FLAGS,
  ...ISOLATION_FLAGS,
  ...OTHER_FLAGS,
];
