/* plughost: what a plugin gets from its host
 *
 * Idea: dependencies come through this interface, at init, never through globals or symbols of the host's program.
 * Everything in it is a C function of the host's native engine, so a plugin may call it from threads of its own.
 *
 * Advice for the host: never block in log; text from a plugin is data, so clean it before it reaches a terminal.
 * Advice for the plugin: keep the pointer that init gives; it is valid until destroy returns. Log what the user can act
 * on; errors go back through plug_error, not here.
 */
#ifndef PLUGHOST_HOST_H
#define PLUGHOST_HOST_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PLUG_LOG_DEBUG 0
#define PLUG_LOG_INFO 1
#define PLUG_LOG_WARNING 2
#define PLUG_LOG_ERROR 3
#define PLUG_LOG_HOST_MISBEHAVING 4   /* the plugin saw the host break the contract */
#define PLUG_LOG_PLUGIN_MISBEHAVING 5 /* an SDK or the host saw the plugin break the contract */

typedef struct plug_host {
  uint32_t size;
  uint16_t abi_major;
  uint16_t abi_minor;
  void *self; /* the host's */
  /* Records one message, UTF-8, any length (the host may cut it at 4096 bytes). Never blocks, never fails; when too
   * many are waiting the oldest are dropped and counted. [any] */
  void (*log)(const struct plug_host *host, int32_t level, plug_bytes message);
  /* Nanoseconds on a clock that only goes forward; its zero means nothing. [any] */
  uint64_t (*now_ns)(const struct plug_host *host);
  /* A service by its id, or null when this host does not have it. The answer for an id never changes. [any] */
  const void *(*extension)(const struct plug_host *host, const char *id);
} plug_host;

#ifdef __cplusplus
}
#endif
#endif
