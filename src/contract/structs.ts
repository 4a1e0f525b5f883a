import { KIND_HEAD, KIND_NAMES, KINDS, type Kind } from './kinds.js';

/**
 * The layouts of the C structs by their C names. A test compares them with native/include/plughost/abi.lock. Function
 * pointers are plain addresses here, because the host checks them before it calls them.
 */

/** The bytes of each scalar, which is also its alignment. A field type that is a number is an array of bytes. */
const SCALARS = { uint16_t: 2, uint32_t: 4, int32_t: 4, uint64_t: 8, pointer: 8 };
type FieldType = keyof typeof SCALARS | 'plug_bytes' | number;

interface Field {
  offset: number;
  size: number;
  type: FieldType;
}

export interface Layout {
  size: number;
  /** The smallest size in bytes that a plugin may state; 0 for a struct that no plugin fills. */
  least: number;
  alignment: number;
  fields: Readonly<Record<string, Field>>;
}

function layoutOf(types: Record<string, FieldType>, least = 0): Layout {
  const fields: Record<string, Field> = {};
  const up = (offset: number, alignment: number) => Math.ceil(offset / alignment) * alignment;
  let end = 0;
  let widest = 1;
  for (const [name, type] of Object.entries(types)) {
    const size = typeof type === 'number' ? type : type === 'plug_bytes' ? 16 : SCALARS[type];
    const alignment = typeof type === 'number' ? 1 : Math.min(size, 8);
    const offset = up(end, alignment);
    fields[name] = { offset, size, type };
    end = offset + size;
    widest = Math.max(widest, alignment);
  }
  return { size: up(end, widest), least, alignment: widest, fields };
}

/** The pointers of a kind's functions follow its head in the order of the row. */
function layoutOfKind({
  functions,
  mandatory,
}: {
  functions: readonly string[];
  mandatory: readonly string[];
}): Layout {
  const types: Record<string, FieldType> = {};
  for (const field of KIND_HEAD) types[field] = field.startsWith('state_') ? 'pointer' : 'uint32_t';
  for (const field of functions) types[field] = 'pointer';
  const { fields } = layoutOf(types);
  const ends = mandatory.map((field) => (fields[field]?.offset ?? 0) + SCALARS.pointer);
  return layoutOf(types, Math.max(...ends));
}

/** Makes each layout when it is first read, because a start needs a third of them. */
function whenRead<Name extends string>(makers: Readonly<Record<Name, () => Layout>>): Readonly<Record<Name, Layout>> {
  const layouts = {} as Record<Name, Layout>;
  for (const name of Object.keys(makers) as Name[]) {
    let made: Layout | undefined;
    const get = () => {
      made ??= makers[name]();
      return made;
    };
    Object.defineProperty(layouts, name, { enumerable: true, get });
  }
  return layouts;
}

/** The structs of the contract by their C names; those of the kinds last. */
export const structs = whenRead({
  plug_bytes: () => layoutOf({ data: 'pointer', len: 'uint64_t' }),
  plug_span: () => layoutOf({ offset: 'uint32_t', length: 'uint32_t' }),
  plug_lines: () =>
    layoutOf({
      size: 'uint32_t',
      count: 'uint32_t',
      spans: 'pointer',
      block: 'plug_bytes',
      block_offset: 'uint64_t',
      input: 'uint32_t',
      reserved: 'uint32_t',
      origins: 'pointer',
      numbers: 'pointer',
      input_name: 'pointer',
    }),
  plug_column: () => layoutOf({ cells: 'pointer', valid: 'pointer' }),
  plug_field: () => layoutOf({ size: 'uint32_t', type: 'uint32_t', name: 'pointer', description: 'pointer' }),
  plug_schema: () => layoutOf({ size: 'uint32_t', count: 'uint32_t', fields: 'pointer' }),
  plug_rows: () =>
    layoutOf({
      size: 'uint32_t',
      count: 'uint32_t',
      lines: 'pointer',
      schema: 'pointer',
      columns: 'pointer',
      made: 'plug_bytes',
    }),
  plug_error: () => layoutOf({ size: 'uint32_t', code: 'int32_t', offset: 'uint64_t', len: 'uint32_t', message: 492 }),
  plug_sink: () =>
    layoutOf({
      size: 'uint32_t',
      reserved: 'uint32_t',
      self: 'pointer',
      write: 'pointer',
      reserve: 'pointer',
      commit: 'pointer',
    }),
  plug_ctx: () => layoutOf({ size: 'uint32_t', worker: 'uint32_t', cancel: 'pointer', deadline_ns: 'uint64_t' }),
  plug_host: () =>
    layoutOf({
      size: 'uint32_t',
      abi_major: 'uint16_t',
      abi_minor: 'uint16_t',
      self: 'pointer',
      log: 'pointer',
      now_ns: 'pointer',
      extension: 'pointer',
    }),
  plug_plugin: () =>
    layoutOf(
      {
        size: 'uint32_t',
        magic: 'uint32_t',
        abi_major: 'uint32_t',
        abi_minor: 'uint32_t',
        flags: 'uint32_t',
        reserved: 'uint32_t',
        self: 'pointer',
        name: 'pointer',
        init: 'pointer',
        run: 'pointer',
        destroy: 'pointer',
        extension: 'pointer',
      },
      72,
    ),
  ...(Object.fromEntries(KIND_NAMES.map((kind) => [`plug_${kind}`, () => layoutOfKind(KINDS[kind])])) as Record<
    `plug_${Kind}`,
    () => Layout
  >),
});

/** The fields of a `plug_plugin`, copied. A null pointer is 0n. */
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

/** The fields of the struct of a kind, copied. A null pointer is 0n. */
export type KindStruct<K extends Kind = Kind> = { size: number; flags: number } & Record<
  'state_new' | 'state_free' | (typeof KINDS)[K]['functions'][number],
  bigint
>;

export interface ErrorStruct {
  size: number;
  code: number;
  offset: bigint;
  len: number;
  message: Uint8Array;
}

/** Returns a view for numbers. V8 has its functions; Node has to compile those of Buffer at each start. */
export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/**
 * Decodes a struct from bytes that were copied from the plugin. A field that does not lie wholly inside the bytes is
 * zero, as PLUG_HAS in base.h demands. A null pointer is 0n.
 */
export function decodeStruct<T>(name: keyof typeof structs, bytes: Uint8Array): T {
  const { size, fields } = structs[name];
  const whole = Buffer.alloc(size);
  whole.set(bytes.subarray(0, size));
  const decoded: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(fields)) {
    if (field.offset + field.size > bytes.length) whole.fill(0, field.offset, field.offset + field.size);
    decoded[key] = fieldOf(whole, field);
  }
  return decoded as T;
}

function fieldOf(bytes: Buffer, { offset, size, type }: Field): unknown {
  const view = viewOf(bytes);
  switch (type) {
    case 'uint16_t':
      return view.getUint16(offset, true);
    case 'uint32_t':
      return view.getUint32(offset, true);
    case 'int32_t':
      return view.getInt32(offset, true);
    case 'uint64_t':
    case 'pointer':
      return view.getBigUint64(offset, true);
    default:
      return bytes.subarray(offset, offset + size);
  }
}
