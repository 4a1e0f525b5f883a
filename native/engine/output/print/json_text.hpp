// Writes bytes as JSON.
#pragma once

#include <string_view>

#include "engine/plugin/sink.hpp"

namespace plughost {

// Appends {"text":…} if the bytes are UTF-8, else {"bytes":…} with base64, as ripgrep does. Throws std::bad_alloc.
void put_json_bytes(std::string_view bytes, ByteBuffer *out);

}  // namespace plughost
