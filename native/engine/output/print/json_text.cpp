#include "engine/output/print/json_text.hpp"

#include <cstdint>

#include "base/utf8.hpp"

namespace plughost {
namespace {

uint8_t at(std::string_view bytes, size_t i) { return i < bytes.size() ? static_cast<uint8_t>(bytes[i]) : 0; }

void put_escaped(char byte, ByteBuffer *out) {
  constexpr std::string_view hex = "0123456789abcdef";
  switch (byte) {
    case '"':
      return out->put("\\\"");
    case '\\':
      return out->put("\\\\");
    case '\n':
      return out->put("\\n");
    case '\r':
      return out->put("\\r");
    case '\t':
      return out->put("\\t");
    case '\b':
      return out->put("\\b");
    case '\f':
      return out->put("\\f");
    default: {
      const auto code = static_cast<uint8_t>(byte);
      out->put("\\u00");
      out->put(hex.substr(code >> 4, 1));
      out->put(hex.substr(code & 15, 1));
    }
  }
}

void put_text(std::string_view text, ByteBuffer *out) {
  size_t plain = 0;
  for (size_t i = 0; i < text.size(); i++) {
    if (static_cast<uint8_t>(text[i]) >= 0x20 && text[i] != '"' && text[i] != '\\') continue;
    out->put(text.substr(plain, i - plain));
    put_escaped(text[i], out);
    plain = i + 1;
  }
  out->put(text.substr(plain));
}

void put_base64(std::string_view bytes, ByteBuffer *out) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const uint32_t three = static_cast<uint32_t>(at(bytes, i) << 16 | at(bytes, i + 1) << 8 | at(bytes, i + 2));
    char four[4] = {'=', '=', '=', '='};
    for (size_t k = 0; k < 4 && k <= bytes.size() - i; k++) four[k] = digits[three >> (18 - 6 * k) & 63];
    out->put({four, 4});
  }
}

}  // namespace

void put_json_bytes(std::string_view bytes, ByteBuffer *out) {
  const bool text = is_utf8(bytes);
  out->put(text ? "{\"text\":\"" : "{\"bytes\":\"");
  text ? put_text(bytes, out) : put_base64(bytes, out);
  out->put("\"}");
}

}  // namespace plughost
