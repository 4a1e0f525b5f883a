import type { Plugin } from '../../loader/plugin/plugin.js';
import type { CheckedPipeline } from '../arguments.js';
import type { FilterStage, Stage } from '../pipeline.js';
import { kindAndPluginOf, type PluginStage } from '../plugins.js';
import type { RowStage } from '../rows/row-stage.js';
import type { HeaderPlugin, HeaderSection, StateHeader } from './header.js';

const headerPlugin = ({ id, config }: Plugin): HeaderPlugin => ({ id, config: JSON.parse(config) });

const headerRows = ({ parser, unparsed = 'drop', filters = [] }: RowStage): StateHeader['rows'] => ({
  parser: headerPlugin(parser),
  unparsed,
  filters: filters.map(({ row_filter, invert = false }) => ({ ...headerPlugin(row_filter), invert })),
});

function headerStage(stage: Stage): object {
  if ('any' in stage) return { any: stage.any.map(headerStage) };
  if ('parser' in stage) return headerRows(stage);
  const [kind, plugin] = kindAndPluginOf(stage as PluginStage);
  const { invert = false } = stage as FilterStage;
  return { kind, ...headerPlugin(plugin), invert };
}

/** Returns the header of the states of a pipeline's stage that folds rows. */
export function headerOf(
  { stages = [], crlf = false, longLines = 'fail', maxLine, timeZone = 'UTC' }: CheckedPipeline,
  stage: RowStage,
  sections: HeaderSection[],
): StateHeader {
  return {
    lines: { crlf, longLines, maxLine: longLines === 'fail' ? null : (maxLine ?? null) },
    rows: headerRows(stage),
    sections,
    stages: stages.filter((one) => one !== stage).map(headerStage),
    tz: /^(z|utc)$/i.test(timeZone) ? 'UTC' : timeZone,
  };
}
