export interface LogRecord {
  label: string;
  /** PLUG_LOG_*, 0 to 5. */
  level: number;
  /** Bytes of the plugin: not necessarily UTF-8, not cleaned. */
  message: Buffer;
}
