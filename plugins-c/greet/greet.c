#include <plughost/plughost.h>
#include <stdlib.h>

PLUG_MANIFEST({"id" : "org.plughost.greet", "name" : "greet", "version" : "0.1.0", "description" : "Says hello"})

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Greeting"; }
static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, plug_put(out, "Hello from plugin");
}
static void destroy(plug_plugin *plugin) { free(plugin); }
PLUG_EXPORT plug_plugin *NewPlugin(void) {
  plug_plugin *plugin = malloc(sizeof *plugin);
  if (plugin) *plugin = (plug_plugin){PLUG_PLUGIN_HEADER, .name = name, .run = run, .destroy = destroy};
  return plugin;
}
