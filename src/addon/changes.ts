/** What a plugin changed in the state of the process. */
export interface NativeChanges {
  /** What the host restored, as text such as `the umask, the locale`. May be empty. */
  putBack: string;
  /** What the system does not let the host restore, as such a text. May be empty. */
  lost: string;
  /** Whether the locale or the environment changed, which other plugins may have used meanwhile. */
  ofLibrary: boolean;
}
