import { create, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import type * as grpc from '@grpc/grpc-js';
import { reasonOf } from '../../errors/index.js';
import type { KeyPair } from '../launcher/certificate.js';
import { EmptySchema, HealthCheckRequestSchema, HealthCheckResponseSchema, StdioDataSchema } from './launcher_pb.js';

/** The package that speaks gRPC. Only those who start such programs have installed it. */
export type Grpc = typeof grpc;

/** Where a program listens, and how it is known to be that program. */
export interface Reach {
  /** For grpc-js: `unix:PATH` or `HOST:PORT`. */
  target: string;
  /** The key of the host, and the certificate of the program. */
  tls?: KeyPair & { peer: string };
}

/** go-plugin's own limit of a message, in bytes. */
const MAX_MESSAGE = 2 ** 31 - 1;

/** A call with any number of requests. */
export interface Stream<Request> {
  send(message: Request): void;
  /** There are no more requests. */
  end(): void;
  /** Needs no more answers. No event follows. */
  cancel(): void;
}

/** What comes of a stream. */
export interface StreamEvents<Answer> {
  answer(message: Answer): void;
  /** Called once, after the last answer. `whole`: the other side has ended the stream, and nothing failed. */
  end(reason: string, whole: boolean): void;
}

/** The statuses of gRPC that mean something here. */
const STATUS = { cancelled: 1, unimplemented: 12, unavailable: 14 } as const;

/** Returns whether a call failed because of one of these statuses. */
const failedBy = (error: unknown, ...statuses: readonly (keyof typeof STATUS)[]): boolean =>
  error instanceof Error && 'code' in error && statuses.some((name) => STATUS[name] === error.code);

/** A connection to a program, and the calls that every program of go-plugin answers. */
export class Connection {
  readonly credentials: grpc.ChannelCredentials;
  readonly options: Readonly<grpc.ChannelOptions>;
  readonly #target: string;
  readonly #client: grpc.Client;

  constructor(grpc: Grpc, { target, tls }: Reach) {
    this.#target = target;
    this.credentials = tls
      ? grpc.credentials.createSsl(Buffer.from(tls.peer), Buffer.from(tls.key), Buffer.from(tls.certificate))
      : grpc.credentials.createInsecure();
    this.options = {
      'grpc.max_receive_message_length': MAX_MESSAGE,
      'grpc.max_send_message_length': MAX_MESSAGE,
      // The program is on this machine: no proxy is between, and no name service knows anything about it.
      'grpc.enable_http_proxy': 0,
      'grpc.service_config_disable_resolution': 1,
      'grpc.default_authority': 'localhost',
      ...(tls && { 'grpc.ssl_target_name_override': 'localhost' }),
    };
    this.#client = this.client(grpc.Client);
  }

  /** Makes a client of any service that the program offers, of a class that grpc-js made. */
  client<Client>(
    type: new (address: string, credentials: grpc.ChannelCredentials, options?: grpc.ChannelOptions) => Client,
  ): Client {
    return new type(this.#target, this.credentials, { ...this.options });
  }

  /** Returns whether the program says that it serves. A program without this service serves. */
  async serves(timeout: number): Promise<boolean> {
    try {
      const request = create(HealthCheckRequestSchema, { service: 'plugin' });
      const path = '/grpc.health.v1.Health/Check';
      const answer = await this.call(path, HealthCheckRequestSchema, request, HealthCheckResponseSchema, timeout);
      return answer.status === 1;
    } catch (error) {
      if (failedBy(error, 'unimplemented')) return true;
      throw error;
    }
  }

  /** Asks the program to end. Returns whether it knows that call. */
  async shutdown(timeout: number): Promise<boolean> {
    try {
      await this.call('/plugin.GRPCController/Shutdown', EmptySchema, create(EmptySchema), EmptySchema, timeout);
      return true;
    } catch (error) {
      // The program ends before its answer has left it.
      return failedBy(error, 'unavailable', 'cancelled');
    }
  }

  /**
   * Takes what the program prints after its handshake. It must be called once and early: a program in Go waits when
   * nobody takes it. Older programs do not have this service.
   */
  takeOutput(take: (channel: 'stdout' | 'stderr', bytes: Uint8Array) => void): void {
    const stream = this.#client.makeServerStreamRequest(
      '/plugin.GRPCStdio/StreamStdio',
      () => Buffer.alloc(0),
      (bytes) => fromBinary(StdioDataSchema, bytes),
      {},
    );
    stream.on('data', ({ channel, data }) => take(channel === 2 ? 'stderr' : 'stdout', data));
    // It fails when the program ends, and when it has no such service.
    stream.on('error', () => {});
  }

  /** Makes a call with one request and one answer. Rejects with grpc-js's error. */
  call<Request extends Message, Answer extends Message>(
    path: string,
    requestType: GenMessage<Request>,
    request: Request,
    answerType: GenMessage<Answer>,
    timeout: number,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        (message: Request) => Buffer.from(toBinary(requestType, message)),
        (bytes) => fromBinary(answerType, bytes),
        request,
        { deadline: Date.now() + timeout },
        (error, answer) => (error ? reject(error) : resolve(answer as Answer)),
      );
    });
  }

  /** Makes a call with any number of requests and answers. */
  stream<Request extends Message, Answer extends Message>(
    path: string,
    requestType: GenMessage<Request>,
    answerType: GenMessage<Answer>,
    { answer, end }: StreamEvents<Answer>,
  ): Stream<Request> {
    const stream = this.#client.makeBidiStreamRequest(
      path,
      (message: Request) => Buffer.from(toBinary(requestType, message)),
      (bytes) => fromBinary(answerType, bytes),
      {},
    );
    let ended = false;
    const finish = (reason: string, whole: boolean): void => {
      if (!ended) end(reason, whole);
      ended = true;
    };
    stream.on('data', (message: Answer) => answer(message));
    stream.on('error', (error) => finish(reasonOf(error), false));
    stream.on('end', () => finish('it ended the stream', true));
    return {
      send: (message) => void stream.write(message),
      end: () => stream.end(),
      cancel: () => {
        ended = true;
        stream.cancel();
      },
    };
  }

  close(): void {
    this.#client.close();
  }
}
