#include <plughost/plughost.h>

PLUG_MANIFEST({
  "id" : "org.plughost.greet-direct",
  "name" : "greet-direct",
  "version" : "0.1.0",
  "description" : "Says hello; NewPlugin is the plugin itself",
  "license" : "MIT"
})

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Greeting"; }

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, plug_put(out, "Hello from a data object");
}

PLUG_EXPORT_DATA plug_plugin NewPlugin = {PLUG_PLUGIN_HEADER, .name = name, .run = run};
