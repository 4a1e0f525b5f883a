import type { EnumValue } from './known.js';

/** Which call of a plugin a stage uses. `auto` takes the widest that the plugin offers. Only filters have `scan`. */
export type NativeShape = Exclude<EnumValue<'Shape'>, 'any'>;

/** A kind of plugin ignores the options that it has no use for. */
export interface StageOptions {
  /** Keep the lines that the filter drops. */
  invert: boolean;
  shape: NativeShape;
}

declare const stage: unique symbol;

/**
 * An opaque handle of a stage, made by the owner of a plugin and accepted by `Job`. A handle may be used for several
 * runs. The addon refuses any other value, and the handle of a plugin that has ended, by a TypeError with the code
 * INVALID_STAGE.
 */
export interface NativeStage {
  readonly [stage]: never;
}
