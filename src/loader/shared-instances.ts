import { SharedPluginError } from '../errors.js';
import type { AssertedPlugin } from './type-assertion.js';

/** The plugins that are data objects of their library, each of which is one instance, by their address. */
const states = new Map<bigint, 'loaded' | 'ended'>();

/**
 * Takes the one instance; the returned function gives it back. Since `init` and `destroy` may be called only once, an
 * instance that has either cannot be taken again.
 * @throws SharedPluginError when it is taken, or was ended
 */
export function takeShared(path: string, { address, struct }: AssertedPlugin): () => void {
  const state = states.get(address);
  if (state === 'loaded') throw new SharedPluginError(path, 'it is loaded already');
  if (state === 'ended') throw new SharedPluginError(path, 'it was closed, after which it cannot be initialised again');
  states.set(address, 'loaded');
  return () => {
    if (struct.init || struct.destroy) states.set(address, 'ended');
    else states.delete(address);
  };
}
