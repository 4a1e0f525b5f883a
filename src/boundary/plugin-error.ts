import { decodeStruct, type ErrorStruct, structs, viewOf } from '../contract/structs.js';

/** The `plug_error` of one call of a plugin. */
export class PluginErrorSlot {
  /** Its memory: pass it as the pointer. */
  readonly bytes: Buffer;

  /** `bytes`: the error that a finished call has filled. Without them, makes an empty one. */
  constructor(bytes?: Buffer) {
    this.bytes = bytes ?? Buffer.alloc(structs.plug_error.size);
    if (!bytes) viewOf(this.bytes).setUint32(0, this.bytes.length, true);
  }

  get code(): number {
    return this.#read().code;
  }

  /** The plugin's message. Bytes that are not UTF-8 become U+FFFD. */
  get message(): string {
    const { len, message } = this.#read();
    return Buffer.from(message.subarray(0, Math.min(len, message.length))).toString();
  }

  #read(): ErrorStruct {
    return decodeStruct<ErrorStruct>('plug_error', this.bytes);
  }
}
