// Bytes as JSON.
#pragma once

#include <string_view>

#include "engine/plugin/sink.hpp"

namespace plughost {

// Appends {"text":…}, or {"bytes":…} with base64 when the bytes are not UTF-8. Throws std::bad_alloc.
void put_json_bytes(std::string_view bytes, ByteBuffer *out);

}  // namespace plughost
