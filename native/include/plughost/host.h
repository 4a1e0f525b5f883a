/* plughost: what a plugin gets from its host
 *
 * Idea: a plugin reaches its host through this interface, never through globals or symbols of the host's program. Its
 * functions belong to the host's native engine, so a plugin may call them from threads of its own.
 *
 * Advice for the host: never block in log. Text from a plugin is data: clean it before it reaches a terminal.
 * Advice for the plugin: keep the pointer that init receives; it is valid until destroy returns. Log what the user can
 * act on. Report errors in plug_error, not here.
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
  void *self; /* belongs to the host */
  /* Records one message in UTF-8. The host may cut it at 4096 bytes. Takes a level that it does not know as INFO. Never
   * blocks and never fails: if too many messages wait, the host drops the oldest and counts them. [any] */
  void (*log)(const struct plug_host *host, int32_t level, plug_bytes message);
  /* Returns nanoseconds on a clock that only goes forward, from an arbitrary start. [any] */
  uint64_t (*now_ns)(const struct plug_host *host);
  /* Returns the service of an id, or null if this host does not have it. The answer for an id never changes. [any] */
  const void *(*extension)(const struct plug_host *host, const char *id);
} plug_host;

#ifdef __cplusplus
}
#endif
#endif
