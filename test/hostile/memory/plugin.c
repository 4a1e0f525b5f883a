/* A filter that keeps lines with "ERROR". It takes as much memory as it can, by the way that its options name: in init,
 * or at a line that contains POISON. */
#include <plughost/config.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ways.h"

PLUG_MANIFEST({
  "id" : "org.plughost.hungry",
  "name" : "hungry",
  "version" : "0.1.0",
  "description" : "Takes memory by a way that is named",
  "extensions" : ["plug.filter/1"],
  "config" : {
    "type" : "object",
    "properties" : {
      "way" : {"type" : "string", "default" : ""},
      "at" : {"type" : "string", "enum" : [ "init", "run", "match" ], "default" : "match"},
      "most" : {"type" : "integer", "default" : 0, "description" : "MiB"},
      "hold" : {"type" : "integer", "default" : 0, "description" : "milliseconds"}
    }
  }
})

static const plug_host *host;
static char at[16] = "";
static const way *chosen;
static double most, hold;

void touch(void *memory, size_t size) {
  for (size_t i = 0; i < size; i += 4096) ((volatile char *)memory)[i] = 1;
}
void look_at(const void *memory, size_t size) {
  for (size_t i = 0; i < size; i += 4096) (void)((const volatile char *)memory)[i];
}

const way *find_way(const char *name) {
  const way *const themes[] = {mapped_ways, shared_ways, helper_ways};
  for (size_t i = 0; i < sizeof themes / sizeof *themes; i++)
    for (const way *found = themes[i]; found->name; found++)
      if (strcmp(found->name, name) == 0) return found;
  return NULL;
}

static void take(const char *place) {
  if (!chosen || strcmp(at, place) != 0) return;
  chosen->take(&(scene){host, (size_t)most << 20});
  /* Time for the test to measure. */
  usleep((useconds_t)hold * 1000);
  /* Wait for the threads, which need longer on a busy machine. */
  for (int i = 0; hold >= 1000 && takers_behind > 0 && i < 600; i++) usleep(100000);
}

#ifdef AT_LOAD
__attribute__((constructor)) static void start(void) { find_way("map-fixed")->take(&(scene){NULL, (size_t)400 << 20}); }
#endif

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Hungry"; }

static int32_t init(plug_plugin *plugin, const plug_host *given, plug_bytes config, plug_error *error) {
  char way_name[32] = "";
  uint64_t length = 0;
  (void)plugin;
  host = given;
  if (plug_config_string(config, "way", (uint8_t *)way_name, sizeof way_name - 1, &length) == 1) way_name[length] = 0;
  if (plug_config_string(config, "at", (uint8_t *)at, sizeof at - 1, &length) == 1) at[length] = 0;
  plug_config_number(config, "most", &most);
  plug_config_number(config, "hold", &hold);
  chosen = find_way(way_name);
  if (way_name[0] && !chosen) return plug_fail(error, PLUG_ERROR_CONFIG, "there is no such way");
  take("init");
  return PLUG_OK;
}

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  (void)plugin, (void)ctx, (void)error;
  take("run");
  return plug_put(out, "done");
}

static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len) {
  (void)plugin, (void)state;
  if (memmem(data, len, "POISON", 6)) take("match");
  return memmem(data, len, "ERROR", 5) != NULL;
}

static const plug_filter filter = {.size = sizeof(plug_filter), .flags = PLUG_FILTER_LINEWISE, .match = match};
static const void *extension(const plug_plugin *plugin, const char *id) {
  return (void)plugin, plug_same_id(id, PLUG_FILTER) ? &filter : NULL;
}

PLUG_EXPORT_DATA plug_plugin NewPlugin = {PLUG_PLUGIN_HEADER, .name = name, .init = init, .run = run,
                                          .extension = extension};
