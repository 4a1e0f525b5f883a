import { decodeStruct, type ErrorStruct, structs } from '../contract/structs.js';

/** A `plug_error` that is lent to one call of a plugin. */
export class PluginErrorSlot {
  /** Its memory, to be passed as the pointer. */
  readonly bytes: Buffer;

  /** `bytes`: of one that was lent to a call that is over. */
  constructor(bytes?: Buffer) {
    this.bytes = bytes ?? Buffer.alloc(structs.plug_error.size);
    if (!bytes) this.bytes.writeUInt32LE(this.bytes.length);
  }

  get code(): number {
    return this.#read().code;
  }

  /** The plugin's words; bytes that are not UTF-8 become U+FFFD. */
  get message(): string {
    const { len, message } = this.#read();
    return Buffer.from(message.subarray(0, Math.min(len, message.length))).toString();
  }

  #read(): ErrorStruct {
    return decodeStruct<ErrorStruct>('plug_error', this.bytes);
  }
}
