import type { NativeBatch } from '../../addon/job.js';

/** What native/engine/rows/frames/frame_export_stage.hpp describes. */
export interface Frame {
  /** Whether a table begins here. Otherwise the frame has rows. */
  begins: boolean;
  rows: number;
  buffer: ArrayBuffer;
  /** Of the cells, in the buffer. */
  offset: number;
  /** Bytes of the cells and of the texts. */
  size: number;
}

const HEADER = 16;

/** Returns the frames of one batch of output. Frames are never cut. */
export function* framesOf({ bytes: buffer }: NativeBatch): Generator<Frame, void, undefined> {
  const view = new DataView(buffer);
  // The engine writes numbers as this machine does.
  const little = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  for (let at = 0; at < buffer.byteLength; ) {
    const size = Number(view.getBigUint64(at + 8, little));
    const begins = view.getUint32(at, little) === 1;
    yield { begins, rows: view.getUint32(at + 4, little), buffer, offset: at + HEADER, size: size - HEADER };
    at += size;
  }
}
