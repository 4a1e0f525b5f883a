#include "engine/rows/states/state_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

#include "engine/stages/plugin_call.hpp"
#include "os/file/poll.hpp"
#include "os/file/read.hpp"
#include "os/system_failed.hpp"

namespace plughost {
namespace {

// Bytes that are read at a time.
constexpr size_t kReadBytes = 256 << 10;

// Reads at byte `at`, or where the descriptor is.
ReadResult read_waiting(int fd, std::optional<uint64_t> at, void *to, size_t size) {
  for (;;) {
    const ReadResult got = at ? read_at(fd, *at, to, size) : read_next(fd, to, size);
    if (got.error == EAGAIN || got.error == EWOULDBLOCK) {
      Polled polled{fd, Event::readable};
      poll({&polled, 1}, -1);
    } else if (got.error != EINTR) {
      return got;
    }
  }
}

size_t keys_of(const std::vector<StateSection> &sections) {
  size_t most = 0;
  for (const StateSection &section : sections) most = std::max(most, section.by.size());
  return most;
}

}  // namespace

StateReader::StateReader(const StateInput &input, const std::vector<StateSection> &sections,
                         std::optional<uint64_t> from)
    : input_(input),
      sections_(sections),
      from_(from),
      records_(0),
      cells_(keys_of(sections), 1),
      groups_(sections.size()) {
  crc_.add(input.prefix);
  begin_section();
}

void StateReader::begin_section() {
  has_key_ = false;
  if (section_ < sections_.size()) records_ = RecordReader(sections_[section_].aggregators);
}

const GroupRecord *StateReader::next(size_t section) {
  while (section_ < section) next_of_current();
  return section_ == section ? next_of_current() : nullptr;
}

// Returns null at the end of a section, and goes on to the next one.
const GroupRecord *StateReader::next_of_current() {
  need(1);
  if (left_.front() == kStateSectionEnd) {
    left_ = left_.subspan(1);
    section_++;
    begin_section();
    return nullptr;
  }
  if (left_.front() != kStateGroup) refuse("a group is neither there nor at its end");
  for (;;) {
    std::span<const uint8_t> rest = left_.subspan(1);
    if (const GroupRecord *record = records_.read(&rest)) {
      left_ = rest;
      check_key(record->key);
      groups_[section_]++;
      return record;
    }
    if (left_.size() > kMaxStateGroup) refuse("a group is larger than 64 MiB");
    if (!read_more()) refuse("it ends within a group");
  }
}

void StateReader::check_key(std::span<const uint8_t> key) {
  const auto &by = sections_[section_].by;
  if (by.empty()) {
    if (!key.empty() || has_key_) refuse("it has groups, and no keys");
    has_key_ = true;
    return;
  }
  if (has_key_ && !std::ranges::lexicographical_compare(key_.bytes(), key)) refuse("its keys do not ascend");
  has_key_ = true;
  key_.clear();
  if (!key_.append(key.data(), key.size())) throw std::bad_alloc();
  cells_.clear();
  text_.clear();
  if (!read_key(by, key, 0, &cells_, &text_)) refuse("a key has other columns");
}

StateCounts StateReader::end() {
  while (section_ < sections_.size()) next_of_current();
  need(kStateTrailer);
  StateCounts counts;
  counts.lines = take_number(8);
  counts.rows = take_number(8);
  counts.unparsed = take_number(8);
  counts.groups = take_number(8);
  const auto used = buffer_.bytes();
  crc_.add(used.first(used.size() - left_.size()));
  const uint32_t crc = crc_.value();
  if (take_number(4) != crc) refuse("its checksum is wrong");
  uint64_t groups = 0;
  for (const uint64_t number : groups_) groups += number;
  if (counts.groups != groups || counts.unparsed > counts.lines || counts.rows > counts.lines)
    refuse("its numbers do not fit together");
  if (!left_.empty() || read_more()) refuse("something follows its end");
  return counts;
}

// Reads until so many bytes are left to use.
void StateReader::need(size_t bytes) {
  while (left_.size() < bytes)
    if (!read_more()) refuse("it ends too early");
}

// Moves what is left to the front of the buffer and reads on behind it. Returns false at the end of the file.
bool StateReader::read_more() {
  const auto used = buffer_.bytes().first(buffer_.size() - left_.size());
  crc_.add(used);
  consumed_ += used.size();
  ByteBuffer next;
  if (!next.append(left_.data(), left_.size())) throw std::bad_alloc();
  // A group may be larger than a piece; what is read doubles, so that it is not copied again and again.
  const size_t piece = std::max(kReadBytes, left_.size());
  uint8_t *const room = next.reserve(piece);
  if (!room) throw std::bad_alloc();
  const auto at = from_ ? std::optional(*from_ + consumed_ + next.size()) : std::nullopt;
  const ReadResult got = read_waiting(input_.fd, at, room, piece);
  if (got.error != 0)
    throw StageFailure{{FailureKind::input, input_.name, "read", got.error, "", static_cast<int64_t>(consumed_)}};
  next.commit(got.size);
  buffer_ = std::move(next);
  left_ = buffer_.bytes();
  return got.size > 0;
}

uint64_t StateReader::take_number(size_t bytes) {
  uint64_t number = 0;
  for (size_t i = 0; i < bytes; i++) number |= uint64_t{left_[i]} << (8 * i);
  left_ = left_.subspan(bytes);
  return number;
}

void StateReader::refuse(const char *what) const {
  throw StageFailure{{FailureKind::state, input_.name, "read", 0, what}};
}

}  // namespace plughost
