/* A transform that writes, before each line, the state of the process that another plugin may have changed: locale,
   floating point, environment. */
#define _GNU_SOURCE
#include <fenv.h>
#include <langinfo.h>
#include <locale.h>
#include <plughost/plughost.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PLUG_MANIFEST({
  "id" : "org.plughost.witness",
  "name" : "witness",
  "version" : "0.1.0",
  "description" : "Tells how its process is",
  "extensions" : ["plug.transform/1"]
})

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Witness"; }
static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, plug_put(out, "done");
}
static void destroy(plug_plugin *plugin) { free(plugin); }

static int32_t transform(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len, plug_sink *out,
                         plug_error *error) {
  (void)plugin, (void)state, (void)error;
  const char *variable = getenv("WITNESS");
  volatile double tiny = 5e-324, one = 1, three = 3, zero = 0;
  volatile long double third = (long double)one / three;
  char text[256];
  const int size = snprintf(text, sizeof text, "%s %s %g %.20g %.22Lg %g: ", variable ? variable : "-",
                            nl_langinfo(CODESET), tiny * one, one / three, third, one / zero);
  out->write(out, text, (uint64_t)size);
  out->write(out, data, len);
  return out->write(out, "\n", 1);
}

static const plug_transform transforms = {
    .size = sizeof transforms, .flags = PLUG_TRANSFORM_LINEWISE, .transform = transform};
static const void *extension(const plug_plugin *plugin, const char *id) {
  return (void)plugin, plug_same_id(id, PLUG_TRANSFORM) ? &transforms : NULL;
}

PLUG_EXPORT plug_plugin *NewPlugin(void) {
  plug_plugin *made = malloc(sizeof *made);
  if (made)
    *made = (plug_plugin){PLUG_PLUGIN_HEADER, .name = name, .run = run, .destroy = destroy, .extension = extension};
  return made;
}
