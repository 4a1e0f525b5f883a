/* plughost: the plugin, and the one symbol that the host looks up
 *
 * Idea: a library exports one symbol, NewPlugin. The name of the file does not matter. The symbol is either
 *   a function   plug_plugin *NewPlugin(void);   a factory: each call returns a fresh instance, or null on failure; or
 *   a data object   plug_plugin NewPlugin;       the plugin itself, one shared instance.
 * The symbol table says which of the two it is, before the host calls anything.
 *
 * Order of calls on an instance: NewPlugin, init once, then any calls, then destroy once, also when init failed. The
 * host may call name and extension at any time, also before init, because their answers never change. After a call
 * returned PLUG_ERROR_PANIC only destroy may follow.
 *
 * Advice for the host: believe nothing. Before the first call check size, magic and abi_major, and that every function
 * pointer points into executable memory of the library.
 * Advice for the plugin: do not change the instance after init, because all workers share it. Keep what changes from
 * line to line in the state of the extension. NewPlugin cannot call the host, which it does not know yet.
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
  uint32_t abi_major; /* PLUG_ABI_MAJOR of the headers that the plugin was built with */
  uint32_t abi_minor;
  uint32_t flags; /* none yet: 0 */
  uint32_t reserved;
  void *self; /* belongs to the plugin */
  /* Returns the name that people see: constant, NUL-terminated, printable UTF-8. Mandatory. [any] */
  const char *(*name)(const struct plug_plugin *plugin);
  /* Prepares the plugin. The config is a JSON object that matches the manifest's schema, with defaults filled in, "{}"
   * if there are no options. It is borrowed for the call; the host is valid until destroy returns. Null: the plugin
   * needs neither. [control] */
  int32_t (*init)(struct plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error);
  /* Does the plugin's own job once, and writes its text in UTF-8 to out. Mandatory. [control] */
  int32_t (*run)(struct plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error);
  /* Frees the instance. No call of it is running, and none follows. Null: there is nothing to free.
   * [control] */
  void (*destroy)(struct plug_plugin *plugin);
  /* Returns the struct of an id such as PLUG_FILTER, or null if the plugin does not offer it. The struct lives as long
   * as the instance, and the answer for an id never changes. Null: the plugin offers none. [any] */
  const void *(*extension)(const struct plug_plugin *plugin, const char *id);
} plug_plugin;

/* The smallest size that a plug_plugin may state: the size of its first version. It never changes when the struct
 * grows. */
#define PLUG_PLUGIN_LEAST (offsetof(plug_plugin, extension) + sizeof(void *))

/* Initialises the first fields of a plug_plugin, in a designated initialiser. */
#define PLUG_PLUGIN_HEADER \
  .size = sizeof(plug_plugin), .magic = PLUG_MAGIC, .abi_major = PLUG_ABI_MAJOR, .abi_minor = PLUG_ABI_MINOR

#ifdef __cplusplus
}
#endif
#endif
