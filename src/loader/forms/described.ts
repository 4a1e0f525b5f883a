import type { DescribedForm } from './form.js';
import { grpc } from './grpc.js';
import { http } from './http.js';

/** The forms whose plugins say themselves what they are. */
export const DESCRIBED: readonly DescribedForm[] = [grpc, http];

/** Returns the form of a source, if its plugins say themselves what they are. */
export const describedFormOf = (source: string): DescribedForm | undefined =>
  DESCRIBED.find((form) => form.claims(source));

/** Returns whether a source is a program that this process starts. */
export const isProgram = (source: string): boolean => describedFormOf(source)?.isRunning === false;
