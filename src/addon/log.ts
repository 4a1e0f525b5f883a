export interface LogRecord {
  label: string;
  /** PLUG_LOG_*, 0 to 5. */
  level: number;
  /** Bytes of the plugin. They need not be UTF-8, and nothing has checked them. */
  message: Buffer;
}
