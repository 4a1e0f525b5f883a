import type { NativeFault, NativeFaultReport } from '../addon/fault.js';
import { known } from '../addon/known.js';
import type { NativeFailure } from '../addon/run-result.js';
import { statusName } from '../contract/constants.js';
import {
  ContractViolationError,
  DecodeError,
  InputError,
  LineTooLongError,
  OutputError,
  type PlughostError,
  PluginFailedError,
  PluginFaultError,
} from '../errors/index.js';
import { nameOf } from '../files/file-name.js';
import { callErrorOf, isOfTheHost, noProcess, operationOf, whatHappened } from '../loader/isolated/fault.js';
import { cleaned } from '../text/printable.js';
import { systemName, systemReason } from '../text/system-reason.js';
import type { Caller } from './caller.js';

/** The longest line that the engine allows by default, in bytes. */
export const MAX_LINE = 16 << 20;

/** What error messages about a run need. */
export interface MessageContext {
  caller: Caller;
  /** The names of the inputs. */
  inputs: readonly string[];
  /** The names of the files of states that the run merges. */
  states: readonly string[];
  output: string;
  /** The name of the output for lines that no parser reads. */
  unparsed: string;
  maxLine: number | undefined;
}

/** Makes the error for a failure that the engine reports. */
export function errorOf(failure: NativeFailure, context: MessageContext): PlughostError {
  const error = plainErrorOf(failure, context);
  const [first, ...others] = context.states;
  const isOfPlugin =
    error instanceof PluginFailedError || error instanceof ContractViolationError || error instanceof PluginFaultError;
  if (first === undefined || !isOfPlugin) return error;
  // A function of a plugin may have the name of a command: merge.
  const files =
    others.length === 0
      ? first
      : others.length === 1
        ? `${first} and ${others[0]}`
        : `${first} and ${others.length} more`;
  const hint = `this function of the plugin failed on the states of ${cleaned(files)}`;
  return Object.assign(error, { hint: error.hint === undefined ? hint : `${hint}; ${error.hint}` });
}

function plainErrorOf(failure: NativeFailure, { inputs, output, unparsed, maxLine }: MessageContext): PlughostError {
  const { operation, code, message, tool, offset } = failure;
  const subject = nameOf(failure.subject);
  const decoded = `decode it on the way: ${tool} FILE | plughost run -`;
  switch (known('FailureKind', failure.kind)) {
    case 'input':
      return new InputError(
        subject || inputs[failure.input] || (failure.fatal ? 'the run' : '""'),
        operation,
        systemReason(code),
      );
    case 'decode':
      return new DecodeError(subject, operation, message, offset);
    case 'decoder-memory':
      return new DecodeError(subject, operation, 'it takes more than 128 MiB of memory to decode', offset, {
        hint: decoded,
      });
    case 'no-decoder':
      if (!message) {
        return new InputError(subject, 'read', `it is ${operation}, which plughost does not decode`, { hint: decoded });
      }
      return new InputError(subject, 'read', `it is ${operation}, and this build of plughost has no decoder for that`, {
        hint: `install its library (Debian: apt-get install ${message}) and build again with: npm run build; or ${decoded}`,
      });
    case 'output':
      return new OutputError(subject === 'unparsed' ? unparsed : output, systemName(code), systemReason(code));
    case 'temporary':
      return new InputError(subject, `${operation} a temporary file in`, systemReason(code), {
        hint: 'the groups need more than --group-memory; set TMPDIR to a folder with room, or give them more memory',
      });
    case 'line-too-long':
      return new LineTooLongError(subject, offset, `${maxLine || MAX_LINE} bytes`);
    case 'contract':
      return new ContractViolationError(subject, operation, message);
    case 'fault':
      if (failure.fault && isOfTheHost(failure.fault.fault)) return noProcess(failure.fault.label, failure.fault.fault);
      if (failure.fault && ['failed', 'contract'].includes(failure.fault.fault.refusal))
        return callErrorOf(failure.fault.label, failure.fault.fault);
      return failure.fault
        ? faultOf(failure.fault, inputs)
        : new PluginFaultError(subject, operation, message, 'crash');
    case 'range':
      return new InputError(subject, operation, message, {
        hint: 'plan it again: plughost plan. What is compressed without a suffix such as .gz, or in UTF-16, has one part: from 0 to its size',
      });
    case 'state':
      // It could not be read again.
      if (operation === 'write') return new OutputError(output, 'EFBIG', message);
      return new InputError(subject, 'read the states', `it is damaged: ${message}`);
    case 'changed':
      return new InputError(inputs[failure.input] ?? '', operation, 'it changed while the run was reading it', {
        hint: 'a plugin that folds rows in a process of its own failed there, and its rows had to be read again; run again when nothing writes to the file',
      });
    case 'unparsed':
      return new InputError(
        inputs[failure.input] ?? '',
        'parse',
        `${placeInLine(failure)} is not in the format of ${subject}`,
        {
          hint: 'without --unparsed fail such lines are left out and counted',
        },
      );
    case 'plugin':
      return new PluginFailedError(
        subject,
        operation,
        statusName(code),
        offset < 0 ? message : `${message}: ${placeOf(inputs[failure.input] ?? '', failure.line, offset)}`,
      );
  }
}

const VERDICTS = { passed: 'passed on', skipped: 'left out', kept: 'kept', stopped: 'where the run ended' };

/** Returns a place in an input for a message. @param line 0 if unknown */
const placeOf = (input: string, line: number, offset: number): string =>
  `${input}, ${line > 0 ? `line ${line}, ` : ''}byte ${offset}`;

const placeInLine = ({ line, offset }: NativeFailure): string =>
  line > 0 ? `line ${line}` : `the line at byte ${offset}`;

/** Makes the error for a fault of an isolated plugin in a run. */
export function faultOf(report: NativeFaultReport, inputs: readonly string[]): PluginFaultError {
  const verdict = known('Verdict', report.verdict);
  const { fault, label, reason, located, line, offset, lines } = report;
  const what = whatHappened(fault);
  const why = reason ? `${what}; ${reason}` : what;
  const hint = limitHint(fault);
  if (!located || verdict === 'passed') return new PluginFaultError(label, operationOf(fault), why, fault.kind, hint);
  const input = inputs[report.input] ?? '';
  const at = placeOf(input, line, offset);
  const which = lines === 1 ? 'the line' : `${lines} lines`;
  const place = { input, line: line > 0 ? line : undefined, offset, lines, verdict };
  const text = `${why}: ${at}: ${which} ${lines === 1 ? 'is' : 'are'} ${VERDICTS[verdict]}`;
  return new PluginFaultError(label, operationOf(fault), text, fault.kind, {
    place,
    ...(verdict === 'stopped'
      ? hint
      : { hint: 'all other lines are there; tell the author of the plugin of this one' }),
  });
}

/** Returns a hint for a plugin that may do nothing wrong, and only needs more than its limit. */
function limitHint({ kind, atMemoryLimit }: NativeFault): { hint: string } | undefined {
  if (known('FaultKind', kind) === 'hang')
    return { hint: 'if it needs more time: --call-timeout SECONDS; else it is a fault of the plugin' };
  return atMemoryLimit
    ? { hint: 'if it needs more memory: --memory SIZE; else it is a fault of the plugin' }
    : undefined;
}
