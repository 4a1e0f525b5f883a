/* plughost: the plugin, and the one symbol that the host looks up
 *
 * Idea: a library shows one symbol, NewPlugin, whatever its file is called. It is either
 *   a function   plug_plugin *NewPlugin(void);   a factory: each call gives a fresh instance, or null on failure; or
 *   a data object   plug_plugin NewPlugin;       the plugin itself, one shared instance.
 * The host tells them apart by the library's symbol table, before it calls anything.
 *
 * Order of calls on an instance: NewPlugin, extension (its answers are constant, so it may come before init), init
 * once, then any calls, then destroy once, also when init failed. name may be called at any time. After a call
 * returned PLUG_ERROR_PANIC only destroy may follow.
 *
 * Advice for the host: believe nothing. Check size, magic, abi_major and that every function pointer leads into
 * executable memory of the library, before the first call.
 * Advice for the plugin: what init learns is read-only afterwards, because workers share the instance; what changes
 * from line to line belongs into the state of the extension. NewPlugin may not call the host: there is none yet.
 */
#ifndef PLUGHOST_PLUGIN_H
#define PLUGHOST_PLUGIN_H

#include "base.h"
#include "host.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PLUG_MAGIC 0x47554c50u /* "PLUG" in memory, on a little-endian machine */

typedef struct plug_plugin {
  uint32_t size;
  uint32_t magic;     /* PLUG_MAGIC */
  uint32_t abi_major; /* PLUG_ABI_MAJOR of the headers it was built with */
  uint32_t abi_minor;
  uint32_t flags; /* none yet: 0 */
  uint32_t reserved;
  void *self; /* the plugin's own */
  /* The name that people see: constant, NUL-terminated, printable UTF-8. Mandatory. [any] */
  const char *(*name)(const struct plug_plugin *plugin);
  /* Takes the host and the config, a JSON object that fits the manifest's schema, defaults filled in ("{}" at least).
   * The host stays valid until destroy returns; the config is borrowed for the call. Null: the plugin needs neither.
   * [control] */
  int32_t (*init)(struct plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error);
  /* Does the plugin's own job once and writes its text, UTF-8, to out. Mandatory. [control] */
  int32_t (*run)(struct plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error);
  /* Frees the instance; no call of the instance is running, and none follows. Null: there is nothing to free.
   * [control] */
  void (*destroy)(struct plug_plugin *plugin);
  /* The struct behind an id such as PLUG_FILTER, or null when the plugin does not offer it. Lives as long as the
   * instance; the answer for an id never changes. Null: the plugin offers none. [any] */
  const void *(*extension)(const struct plug_plugin *plugin, const char *id);
} plug_plugin;

/* What every plug_plugin states at least as its size: that of the first version, up to the last field that it has. It
 * never changes, however the struct grows. */
#define PLUG_PLUGIN_LEAST (offsetof(plug_plugin, extension) + sizeof(void *))

/* The first fields of a plug_plugin, for a designated initialiser. */
#define PLUG_PLUGIN_HEADER \
  .size = sizeof(plug_plugin), .magic = PLUG_MAGIC, .abi_major = PLUG_ABI_MAJOR, .abi_minor = PLUG_ABI_MINOR

#ifdef __cplusplus
}
#endif
#endif
