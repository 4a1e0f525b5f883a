import type { EnumValue } from './known.js';

/** How a process of a plugin ended. Every text comes out of that process: neither clean nor true. */
export interface NativeFault {
  kind: EnumValue<'FaultKind'>;
  /** What it was doing. */
  state: EnumValue<'State'>;
  /** The plugin's function, where it is known; for `no-process` what the host wanted of the system. */
  operation: string;
  /** The signal, the exit status, the plug status, or errno. */
  code: number;
  /** Whether the following four are known. */
  traced: boolean;
  address: bigint;
  overflow: boolean;
  otherThread: boolean;
  /** Innermost first. A file that was not judged is a text of the process that died, and is never opened. */
  frames: { file: string; symbol: string; offset: number; judged: boolean }[];
  message: string;
  refusal: EnumValue<'Refusal'>;
  /** Bytes. */
  peakMemory: number;
  atMemoryLimit: boolean;
  /** A call that the sandbox refused before the end; or empty. */
  refusedCall: string;
}

/** A fault in a run, and what became of the lines that were in work. */
export interface NativeFaultReport {
  fault: NativeFault;
  label: string;
  /** A second try went well; or the lines were left out, or passed on as they are; or the run ended there. */
  verdict: EnumValue<'Verdict'>;
  /** Of a stop that is not for the lines' sake; or empty. */
  reason: string;
  /** Its index. */
  input: number;
  /** Whether what follows is known. */
  located: boolean;
  /** From 1; 0: not known. */
  line: number;
  /** Bytes, in the input's text. */
  offset: number;
  length: number;
  lines: number;
  /** How the first line begins. */
  text: string;
}
