export interface NativeReadCeiling {
  /** That were read. */
  bytes: number;
  /** In them, as they are stored. */
  lines: number;
  /** Nanoseconds. */
  elapsed: number;
  /** What else than UTF-8 the file is, such as `gzip` or `UTF-16`; empty for nothing else. */
  form: string;
}
