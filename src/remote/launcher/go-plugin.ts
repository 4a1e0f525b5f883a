/** How a program ended. One of the two is null. */
export interface ProgramEnd {
  /** Its exit status. */
  status: number | null;
  /** The number of the signal that killed it. */
  signal: number | null;
}

/**
 * A program of go-plugin that runs and serves. It keeps this process running, as every child process does, until it has
 * ended or `kill` was called. When this process ends first, in any way, the program ends too.
 */
export interface GoPlugin extends AsyncDisposable {
  /** The number of its process. */
  readonly pid: number;
  /** The version of the application's protocol that it speaks. */
  readonly version: number;
  /** Where it listens, as grpc-js writes it: `unix:PATH` or `HOST:PORT`. */
  readonly target: string;
  /** What proves who is who, as PEM: the certificate of the program, your key and your certificate. Without TLS undefined. */
  readonly tls: { readonly peer: string; readonly key: string; readonly certificate: string } | undefined;
  /** When the program and all processes that it started are gone. Never rejects. */
  readonly ended: Promise<ProgramEnd>;

  /**
   * Makes a client of a service of the program, with the credentials and options that the connection needs.
   * @param type a class that grpc-js made: `grpc.makeClientConstructor(definition, name)`
   */
  client<Client>(type: new (target: string, credentials: never, options?: object) => Client): Client;

  /**
   * Ends the program: asks it by its Shutdown call, sends SIGTERM where it has no such call, and kills it after two
   * seconds, with all processes that it started. Resolves when they are gone.
   */
  kill(): Promise<ProgramEnd>;
}
