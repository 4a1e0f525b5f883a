// What stands around the calls of plugins that JavaScript makes.
#pragma once

#include <napi.h>
#include <plughost/filter.h>
#include <plughost/host.h>
#include <plughost/plugin.h>

namespace plughost::addon {

// Calls of a plugin with what stands around them, for threads and callers where JavaScript cannot stand: a crash can be
// told, and the thread has its floating-point mode again. The label is that of `host`, which the plugin was given.
// [any]
int32_t run_gate(decltype(plug_plugin::run) run, const plug_host *host, plug_plugin *plugin, const plug_ctx *ctx,
                 plug_sink *out, plug_error *error);
int32_t match_gate(decltype(plug_filter::match) match, const plug_host *host, const plug_plugin *plugin, void *state,
                   const uint8_t *data, uint64_t len);

void define_plugin_calls(Napi::Env env, Napi::Object exports);

}  // namespace plughost::addon
