// The scope around every call of a plugin that JavaScript makes: crash reports, and the state of thread and process.
#pragma once

#include <napi.h>
#include <plughost/filter.h>
#include <plughost/host.h>
#include <plughost/plugin.h>

namespace plughost::addon {

// Call a plugin inside such a scope, for callers that JavaScript cannot wrap. A crash report names the plugin, and the
// floating-point mode of the thread is restored. `host` is the one that the plugin was given; it has the label. [any]
int32_t run_gate(decltype(plug_plugin::run) run, const plug_host *host, plug_plugin *plugin, const plug_ctx *ctx,
                 plug_sink *out, plug_error *error);
int32_t match_gate(decltype(plug_filter::match) match, const plug_host *host, const plug_plugin *plugin, void *state,
                   const uint8_t *data, uint64_t len);

void define_plugin_calls(Napi::Env env, Napi::Object exports);

}  // namespace plughost::addon
