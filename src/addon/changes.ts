/** What a plugin had changed of the process. */
export interface NativeChanges {
  /** In words, such as `the umask, the locale`; perhaps empty. */
  putBack: string;
  /** What the system does not let be put back. */
  lost: string;
  /** Locale or environment, by which other plugins may have gone meanwhile. */
  ofLibrary: boolean;
}
