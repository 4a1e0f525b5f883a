import { koffi } from './koffi.js';

/**
 * The C structs as koffi sees them, by their C names; native/include/plughost/abi.lock holds both to one layout.
 * Function pointers are plain pointers here, because they are checked before they are called.
 */
const plug_bytes = koffi.struct({ data: 'void *', len: 'uint64_t' });

const plug_span = koffi.struct({ offset: 'uint32_t', length: 'uint32_t' });

const plug_lines = koffi.struct({
  size: 'uint32_t',
  count: 'uint32_t',
  spans: 'void *',
  block: plug_bytes,
  block_offset: 'uint64_t',
  input: 'uint32_t',
  reserved: 'uint32_t',
  origins: 'void *',
});

const plug_error = koffi.struct({
  size: 'uint32_t',
  code: 'int32_t',
  offset: 'uint64_t',
  len: 'uint32_t',
  message: koffi.array('uint8_t', 492, 'Typed'),
});

const plug_sink = koffi.struct({
  size: 'uint32_t',
  reserved: 'uint32_t',
  self: 'void *',
  write: 'void *',
  reserve: 'void *',
  commit: 'void *',
});

const plug_ctx = koffi.struct({ size: 'uint32_t', worker: 'uint32_t', cancel: 'void *', deadline_ns: 'uint64_t' });

const plug_host = koffi.struct({
  size: 'uint32_t',
  abi_major: 'uint16_t',
  abi_minor: 'uint16_t',
  self: 'void *',
  log: 'void *',
  now_ns: 'void *',
  extension: 'void *',
});

const plug_plugin = koffi.struct({
  size: 'uint32_t',
  magic: 'uint32_t',
  abi_major: 'uint32_t',
  abi_minor: 'uint32_t',
  flags: 'uint32_t',
  reserved: 'uint32_t',
  self: 'void *',
  name: 'void *',
  init: 'void *',
  run: 'void *',
  destroy: 'void *',
  extension: 'void *',
});

const plug_filter = koffi.struct({
  size: 'uint32_t',
  flags: 'uint32_t',
  state_new: 'void *',
  state_free: 'void *',
  match: 'void *',
  match_batch: 'void *',
  scan: 'void *',
  literal: 'void *',
});

const plug_exporter = koffi.struct({
  size: 'uint32_t',
  flags: 'uint32_t',
  state_new: 'void *',
  state_free: 'void *',
  begin: 'void *',
  write: 'void *',
  end: 'void *',
});

const plug_transform = koffi.struct({
  size: 'uint32_t',
  flags: 'uint32_t',
  state_new: 'void *',
  state_free: 'void *',
  transform: 'void *',
  transform_batch: 'void *',
});

/** In the order of the headers. */
export const structs = {
  plug_bytes,
  plug_span,
  plug_lines,
  plug_error,
  plug_sink,
  plug_ctx,
  plug_host,
  plug_plugin,
  plug_filter,
  plug_exporter,
  plug_transform,
};

/** A `plug_plugin` as it was read; pointers are 0n when null. */
export interface PluginStruct {
  size: number;
  magic: number;
  abi_major: number;
  abi_minor: number;
  flags: number;
  name: bigint;
  init: bigint;
  run: bigint;
  destroy: bigint;
  extension: bigint;
}

export interface FilterStruct {
  size: number;
  flags: number;
  state_new: bigint;
  state_free: bigint;
  match: bigint;
  match_batch: bigint;
  scan: bigint;
  literal: bigint;
}

export interface ExporterStruct {
  size: number;
  flags: number;
  state_new: bigint;
  state_free: bigint;
  begin: bigint;
  write: bigint;
  end: bigint;
}

export interface TransformStruct {
  size: number;
  flags: number;
  state_new: bigint;
  state_free: bigint;
  transform: bigint;
  transform_batch: bigint;
}

export interface ErrorStruct {
  size: number;
  code: number;
  offset: bigint;
  len: number;
  message: Uint8Array;
}

/**
 * Reads a struct out of bytes that were copied from the plugin. Fields that do not lie wholly inside the bytes are
 * zero, as PLUG_HAS in base.h demands.
 */
export function decodeStruct<T>(name: keyof typeof structs, bytes: Uint8Array): T {
  const type = structs[name];
  const whole = Buffer.alloc(type.size);
  whole.set(bytes.subarray(0, type.size));
  const decoded = koffi.decode(whole, type) as Record<string, unknown>;
  for (const [key, { offset, type: field }] of Object.entries(type.members ?? {})) {
    const isPointer = field.primitive === 'Pointer';
    // koffi gives null for a null pointer.
    if (offset + field.size > bytes.length || decoded[key] === null) decoded[key] = isPointer ? 0n : 0;
  }
  return decoded as T;
}
