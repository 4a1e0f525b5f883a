export interface NativeReadCeiling {
  /** Bytes that were read, as they are stored. */
  bytes: number;
  /** Lines in those bytes. */
  lines: number;
  /** Nanoseconds. */
  elapsed: number;
  /** The form of a file that is not plain UTF-8, such as `gzip` or `UTF-16`; else empty. */
  form: string;
}
