/** Who asks for a run, for messages. */
export class Caller {
  /** The function of the library, or the command. */
  readonly name: string;
  readonly #dashes: string;

  private constructor(name: string, dashes: string) {
    this.name = name;
    this.#dashes = dashes;
  }

  static function(name: string): Caller {
    return new Caller(name, '');
  }

  static command(name: string): Caller {
    return new Caller(name, '--');
  }

  /** Returns how the caller writes an option: `by` of a function is `--by` of a command. */
  option(name: string): string {
    return `${this.#dashes}${name}`;
  }
}
