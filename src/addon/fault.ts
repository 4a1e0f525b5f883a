import type { EnumValue } from './known.js';

/**
 * How the process of a plugin ended. Every text comes from that process: it may be false, and may hold control
 * characters.
 */
export interface NativeFault {
  kind: EnumValue<'FaultKind'>;
  /** What the process was doing. */
  state: EnumValue<'State'>;
  /** The plugin's function, or empty if unknown. For `no-process`, the operation that the system refused the host. */
  operation: string;
  /** By kind: the signal, the exit status, the plug status, or errno. */
  code: number;
  /** Whether the host could trace the crash, so that the next four fields are known. */
  traced: boolean;
  /** The address that the crash was about. */
  address: bigint;
  /** Whether the stack overflowed. */
  overflow: boolean;
  /** Whether it crashed in a thread that the plugin had started. */
  otherThread: boolean;
  /** The call stack, innermost first. Unless `judged`, `file` is a text of the dead process: do not open that path. */
  frames: { file: string; symbol: string; offset: number; judged: boolean }[];
  message: string;
  /** Why the runner refused the plugin. */
  refusal: EnumValue<'Refusal'>;
  /** Bytes. */
  peakMemory: number;
  /** Whether its memory was at the limit, which then may be the cause. */
  atMemoryLimit: boolean;
  /** The last system call that the sandbox refused, or empty. */
  refusedCall: string;
}

/** A fault in a run, and what happened to the lines that the plugin was working on. */
export interface NativeFaultReport {
  fault: NativeFault;
  label: string;
  /**
   * `passed`: a second try succeeded, and no line was lost. `skipped`: the lines were left out. `kept`: they were passed on
   * unchanged. `stopped`: the run ended there.
   */
  verdict: EnumValue<'Verdict'>;
  /** Why the run stopped, when these lines are not the reason; else empty. */
  reason: string;
  /** The index of the input. */
  input: number;
  /** Whether the following fields are known. */
  located: boolean;
  /** The number of the first line, from 1; 0 if unknown. */
  line: number;
  /** The place of the lines in the text of the input, in bytes. */
  offset: number;
  length: number;
  /** How many lines there are. */
  lines: number;
  /** The beginning of the first line. */
  text: string;
}
