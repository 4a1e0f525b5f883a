/** The word size and byte order of a file's numbers. */
export class Layout {
  constructor(
    readonly wide: boolean,
    readonly little: boolean,
  ) {}

  of(bytes: Buffer): Fields {
    return new Fields(bytes, this);
  }
}

/** Reads numbers from bytes. The caller checks `length` first. */
export class Fields {
  readonly length: number;
  readonly wide: boolean;
  readonly little: boolean;
  // Faster than Buffer's methods until V8 has optimised those, and most files are read before that.
  readonly view: DataView;

  constructor(bytes: Buffer, { wide, little }: Layout) {
    this.length = bytes.length;
    this.wide = wide;
    this.little = little;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  u8(at: number): number {
    return this.view.getUint8(at);
  }

  u16(at: number): number {
    return this.view.getUint16(at, this.little);
  }

  u32(at: number): number {
    return this.view.getUint32(at, this.little);
  }

  /** Reads 64 bits. Values above 2^53 are not exact, but no offset in a file is that large. */
  u64(at: number): number {
    return this.u32(this.little ? at + 4 : at) * 2 ** 32 + this.u32(this.little ? at : at + 4);
  }

  /** Reads an address, offset or size: 64 bits if `wide`, else 32. */
  word(at: number): number {
    return this.wide ? this.u64(at) : this.u32(at);
  }
}
