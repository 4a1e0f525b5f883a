#include "engine/rows/states/state_writer.hpp"

#include <new>

#include "engine/stages/plugin_call.hpp"

namespace plughost {
namespace {

// Bytes that are passed to the output at a time.
constexpr size_t kPassedBytes = 256 << 10;

}  // namespace

void StateWriter::begin(std::span<const uint8_t> prefix) { put(prefix); }

uint64_t StateWriter::section(GroupSource &groups, const plug_ctx &ctx) {
  uint64_t count = 0;
  for (; const GroupRecord *record = groups.next(); count++) {
    const size_t before = buffer_.size();
    put({&kStateGroup, 1});
    append_record(*record, &buffer_);
    if (buffer_.size() - before > kMaxStateGroup)
      throw StageFailure{
          {FailureKind::state, "", "write", 0, "a group takes more than 64 MiB, keys and states together"}};
    if (buffer_.size() < kPassedBytes) continue;
    throw_if_cancelled(ctx);
    pass();
  }
  put({&kStateSectionEnd, 1});
  return count;
}

void StateWriter::end(const StateCounts &counts) {
  for (const uint64_t number : {counts.lines, counts.rows, counts.unparsed, counts.groups}) put_number(number, 8);
  pass();
  put_number(crc_.value(), 4);
  pass();
}

void StateWriter::put(std::span<const uint8_t> bytes) {
  if (!buffer_.append(bytes.data(), bytes.size())) throw std::bad_alloc();
}

void StateWriter::put_number(uint64_t number, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) {
    const auto byte = static_cast<uint8_t>(number >> (8 * i));
    put({&byte, 1});
  }
}

void StateWriter::pass() {
  crc_.add(buffer_.bytes());
  output_.put(buffer_);
  buffer_.clear();
}

}  // namespace plughost
