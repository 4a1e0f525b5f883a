/* Prints the layout of the contract as this compiler sees it, in the form of native/include/plughost/abi.lock. */
#include <plughost/plughost.h>
#include <stdio.h>

#define STRUCT(name) printf("struct " #name " size %zu align %zu\n", sizeof(name), _Alignof(name))
#define FIELD(name, field) \
  printf("  " #field " offset %zu size %zu\n", offsetof(name, field), sizeof(((name *)0)->field))

int main(void) {
  STRUCT(plug_bytes);
  FIELD(plug_bytes, data);
  FIELD(plug_bytes, len);
  STRUCT(plug_span);
  FIELD(plug_span, offset);
  FIELD(plug_span, length);
  STRUCT(plug_lines);
  FIELD(plug_lines, size);
  FIELD(plug_lines, count);
  FIELD(plug_lines, spans);
  FIELD(plug_lines, block);
  FIELD(plug_lines, block_offset);
  FIELD(plug_lines, input);
  FIELD(plug_lines, reserved);
  STRUCT(plug_error);
  FIELD(plug_error, size);
  FIELD(plug_error, code);
  FIELD(plug_error, offset);
  FIELD(plug_error, len);
  FIELD(plug_error, message);
  STRUCT(plug_sink);
  FIELD(plug_sink, size);
  FIELD(plug_sink, reserved);
  FIELD(plug_sink, self);
  FIELD(plug_sink, write);
  FIELD(plug_sink, reserve);
  FIELD(plug_sink, commit);
  STRUCT(plug_ctx);
  FIELD(plug_ctx, size);
  FIELD(plug_ctx, worker);
  FIELD(plug_ctx, cancel);
  FIELD(plug_ctx, deadline_ns);
  STRUCT(plug_host);
  FIELD(plug_host, size);
  FIELD(plug_host, abi_major);
  FIELD(plug_host, abi_minor);
  FIELD(plug_host, self);
  FIELD(plug_host, log);
  FIELD(plug_host, now_ns);
  FIELD(plug_host, extension);
  STRUCT(plug_plugin);
  FIELD(plug_plugin, size);
  FIELD(plug_plugin, magic);
  FIELD(plug_plugin, abi_major);
  FIELD(plug_plugin, abi_minor);
  FIELD(plug_plugin, flags);
  FIELD(plug_plugin, reserved);
  FIELD(plug_plugin, self);
  FIELD(plug_plugin, name);
  FIELD(plug_plugin, init);
  FIELD(plug_plugin, run);
  FIELD(plug_plugin, destroy);
  FIELD(plug_plugin, extension);
  STRUCT(plug_filter);
  FIELD(plug_filter, size);
  FIELD(plug_filter, flags);
  FIELD(plug_filter, state_new);
  FIELD(plug_filter, state_free);
  FIELD(plug_filter, match);
  FIELD(plug_filter, match_batch);
  FIELD(plug_filter, scan);
  STRUCT(plug_exporter);
  FIELD(plug_exporter, size);
  FIELD(plug_exporter, flags);
  FIELD(plug_exporter, state_new);
  FIELD(plug_exporter, state_free);
  FIELD(plug_exporter, begin);
  FIELD(plug_exporter, write);
  FIELD(plug_exporter, end);
  return 0;
}
