import { checked } from '../arguments/argument.js';
import type { GoPlugin } from './launcher/go-plugin.js';
import { type GoPluginOptions, goPluginOptions } from './launcher/options.js';

/**
 * Starts a program that serves by gRPC as HashiCorp's go-plugin does, and connects to it. The program may be written in
 * any language. It has all rights of this user: there is no sandbox around it.
 * @throws UsageError
 * @throws HandshakeError when it does not start, does not say how to reach it, or does not serve; it is gone then
 * @throws PackageMissingError when grpc-js, or what TLS needs, is not installed
 * @throws CancelledError
 * @throws RunnerError when the system refuses a process
 */
export async function launchGoPlugin(options: GoPluginOptions): Promise<GoPlugin> {
  const given = checked('launchGoPlugin', 'options', options, goPluginOptions);
  // Most programs that use plughost start no such plugin.
  const { launch } = await import('./launcher/launch.js');
  return launch(given);
}
