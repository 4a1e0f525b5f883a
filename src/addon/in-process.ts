import type { Kind } from '../contract/kinds.js';
import type { NativeStage, StageOptions } from './stage.js';

/** A plugin instance of this process, as the owner of stages. */
export interface NativeInProcess {
  /** Whether a call of the plugin ended with PANIC: no further call but `destroy` may follow. Runs set it, too. */
  readonly broken: boolean;
  markBroken(): void;
  /** Makes a stage. `calls` is a checked copy of the struct that the plugin offers for this kind. */
  stage(kind: Kind, options: StageOptions, calls: Buffer): NativeStage;
  /** No run accepts the plugin's stages after this. */
  end(): void;
}
