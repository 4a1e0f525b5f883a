import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { StringValueSchema } from '@bufbuild/protobuf/wkt';
import * as grpc from '@grpc/grpc-js';
import type { GoPlugin } from '../../src/index.js';

const encode = (value: string): Buffer =>
  Buffer.from(toBinary(StringValueSchema, create(StringValueSchema, { value })));
const decode = (bytes: Buffer): string => fromBinary(StringValueSchema, bytes).value;

/** A client of the service test.Echo of the programs in peers/, made as a user of grpc-js makes one. */
const Echo = grpc.makeClientConstructor(
  {
    Say: {
      path: '/test.Echo/Say',
      requestStream: false,
      responseStream: false,
      requestSerialize: encode,
      requestDeserialize: decode,
      responseSerialize: encode,
      responseDeserialize: decode,
    },
  },
  'Echo',
);

/** Returns a function that says something to a program and returns its answer. */
export function talkTo(plugin: GoPlugin): (text: string) => Promise<string> {
  const client = plugin.client(Echo as never) as { Say: (...args: unknown[]) => void };
  return (text) =>
    new Promise((resolve, reject) => {
      client.Say(text, (error: Error | null, answer: string) => (error ? reject(error) : resolve(answer)));
    });
}
