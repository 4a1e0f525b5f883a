/** Numbers of one word size and byte order. */
export class Layout {
  constructor(
    readonly wide: boolean,
    readonly little: boolean,
  ) {}
  u16(bytes: Buffer, at: number): number {
    return this.little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
  }
  u32(bytes: Buffer, at: number): number {
    return this.little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  }
  u64(bytes: Buffer, at: number): number {
    return Number(this.little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  }
  /** An address, offset or size. Beyond 2^53 it is no longer exact, and then lies outside of every file anyway. */
  word(bytes: Buffer, at: number): number {
    return this.wide ? this.u64(bytes, at) : this.u32(bytes, at);
  }
}
