import type { NativeField } from '../../addon/row-spec.js';
import { addon } from '../../addon.js';
import { statusName } from '../../contract/constants.js';
import { ContractViolationError, PluginFailedError } from '../../errors/index.js';
import { startErrorOf } from '../../loader/isolated/fault.js';
import type { Plugin } from '../../loader/plugin/plugin.js';
import { COLUMN_TYPES, type Column } from './column-type.js';

/** What a plugin says about columns. */
export interface RowDescription {
  /** Of a parser: the columns that it always has. Of a row filter and of an aggregator: those that it wants. */
  columns: Column[];
  /** Whether a parser has columns of any name. */
  open: boolean;
  /** The columns of an aggregator's result. */
  outputs: Column[];
  /** The revision of an aggregator's states. */
  revision: number;
}

const columnOf = ({ name, type }: NativeField): Column => ({ name, type: COLUMN_TYPES[type] ?? 'any' });

/**
 * Asks a plugin for its columns.
 * @throws CapabilityError when it is not of this kind; PluginFailedError, ContractViolationError, and PluginFaultError for
 * an isolated one
 */
export function describeRows(plugin: Plugin, kind: 'parser' | 'row_filter' | 'aggregator'): RowDescription {
  const { columns = [], open = false, outputs = [], revision = 0, failure } = addon().describeRows(plugin.stage(kind));
  if (failure?.fault) throw startErrorOf(plugin.label, plugin.path, failure.fault);
  if (failure?.contract) throw new ContractViolationError(plugin.label, failure.operation, failure.message);
  if (failure) throw new PluginFailedError(plugin.label, failure.operation, statusName(failure.code), failure.message);
  return { columns: columns.map(columnOf), open, outputs: outputs.map(columnOf), revision };
}
