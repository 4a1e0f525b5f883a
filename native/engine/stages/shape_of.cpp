#include "engine/stages/shape_of.hpp"

#include <cstring>
#include <string_view>

namespace plughost {
namespace {

bool has(std::span<const uint8_t> calls, const ipc::KindFunction &function) {
  const void *address = nullptr;
  if (calls.size() >= function.offset + sizeof address)
    std::memcpy(&address, calls.data() + function.offset, sizeof address);
  return address != nullptr;
}

}  // namespace

Shape shape_of(const ipc::Kind &kind, std::span<const uint8_t> calls, Shape asked) {
  bool has_scan = false;
  bool has_batch = false;
  for (const ipc::KindFunction &function : kind.functions) {
    const std::string_view name = function.name;
    if (name == "scan") has_scan = has(calls, function);
    if (name.ends_with("_batch")) has_batch = has(calls, function);
  }
  if (asked == Shape::line) return Shape::line;
  if (asked == Shape::batch && has_batch) return Shape::batch;
  if (has_scan) return Shape::scan;
  return has_batch ? Shape::batch : Shape::line;
}

}  // namespace plughost
