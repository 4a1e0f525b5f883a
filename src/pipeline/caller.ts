type SourceOf = (option: string) => string | undefined;

/** Who asks for a run, for messages. */
export class Caller {
  /** The function of the library, or the command. */
  readonly name: string;
  readonly #dashes: string;
  readonly #sourceOf: SourceOf;

  private constructor(name: string, dashes: string, sourceOf: SourceOf) {
    this.name = name;
    this.#dashes = dashes;
    this.#sourceOf = sourceOf;
  }

  static function(name: string): Caller {
    return new Caller(name, '', () => undefined);
  }

  /** @param sourceOf returns the configuration that an option came from */
  static command(name: string, sourceOf: SourceOf = () => undefined): Caller {
    return new Caller(name, '--', sourceOf);
  }

  /** Returns how the caller writes an option: `by` of a function is `--by` of a command. */
  option(name: string): string {
    return `${this.#dashes}${name}`;
  }

  /** Returns a message about an option, with the configuration that it came from. */
  message(option: string, text: string): string {
    const file = this.#sourceOf(option);
    return `${this.name}: ${text}${file === undefined ? '' : ` (set in ${file})`}`;
  }
}
