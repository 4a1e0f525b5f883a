#include "engine/isolation/rows/fold_journal.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "engine/plugin/failure.hpp"
#include "engine/stages/stage.hpp"
#include "ipc/wire.hpp"
#include "os/file/read.hpp"

namespace plughost::isolation {

using namespace ipc;

namespace {

// Lines of fewer bytes are copied. Reading them again would keep a descriptor open for each of many small files.
constexpr size_t kCopied = 64 << 10;
// How many files a journal keeps open.
constexpr size_t kMaxFiles = 8;
// Bytes of replaced groups that are never worth a copy of the others.
constexpr uint64_t kFewReplaced = 1 << 20;

void append(std::span<const uint8_t> bytes, ByteBuffer *to) {
  if (!to->append(bytes.data(), bytes.size())) throw std::bad_alloc();
}

// Appends numbers in the bytes of a smaller type, which has room for each of them.
template <typename Small>
void append_as(std::span<const uint32_t> numbers, ByteBuffer *to) {
  uint8_t *const room = to->reserve(numbers.size() * sizeof(Small));
  if (!room) throw std::bad_alloc();
  for (size_t i = 0; i < numbers.size(); i++) {
    const auto small = static_cast<Small>(numbers[i]);
    std::memcpy(room + i * sizeof small, &small, sizeof small);
  }
  to->commit(numbers.size() * sizeof(Small));
}

template <typename Small, typename Take>
void each_as(const uint8_t *at, uint32_t count, Take take) {
  for (uint32_t i = 0; i < count; i++, at += sizeof(Small)) {
    Small small;
    std::memcpy(&small, at, sizeof small);
    take(i, uint32_t{small});
  }
}

StageFailure read_again_failed(const Request &request, FailureKind kind, int code) {
  Failure failure{kind, "", "read again", code, ""};
  failure.input = request.block_input;
  return {std::move(failure)};
}

}  // namespace

void GroupBytes::add(uint32_t group, std::span<const uint8_t> bytes) {
  if (bytes.size() > UINT32_MAX) throw std::bad_alloc();
  const Head head{group, static_cast<uint32_t>(bytes.size())};
  if (!bytes_.append(&head, sizeof head)) throw std::bad_alloc();
  append(bytes, &bytes_);
}

GroupBytes::Head GroupBytes::head_of(std::span<const uint8_t> bytes) {
  Head head;
  std::memcpy(&head, bytes.data(), sizeof head);
  return head;
}

std::span<const uint8_t> GroupBytes::piece(uint64_t from) const {
  const auto bytes = bytes_.bytes().subspan(from);
  size_t size = 0;
  while (size < bytes.size()) {
    const size_t next = size + sizeof(Head) + head_of(bytes.subspan(size)).size;
    if (size > 0 && next > kMergedAtOnce) break;
    size = next;
  }
  return bytes.first(size);
}

void SavedGroups::put(uint32_t group, std::span<const uint8_t> bytes) {
  if (group >= places_.size()) places_.resize(size_t{group} + 1);
  Place &place = places_[group];
  if (place.size != kNone) replaced_ += place.size;
  place = {bytes_.size(), static_cast<uint32_t>(bytes.size())};
  append(bytes, &bytes_);
  if (replaced_ > kFewReplaced && replaced_ > bytes_.size() / 2) remove_replaced();
}

void SavedGroups::remove_replaced() {
  ByteBuffer kept;
  for (uint32_t group = 0; group < size(); group++) {
    if (!has(group)) continue;
    const uint64_t offset = kept.size();
    append(of(group), &kept);
    places_[group].offset = offset;
  }
  bytes_ = std::move(kept);
  replaced_ = 0;
}

void FoldJournal::add_rows(const RunnerClient::Sent &sent, const Content &content, const Selection &in, uint32_t rows) {
  const Request &request = sent.packed.request;
  const uint64_t before = sent.packed.before_block;
  const uint64_t block =
      request.block_at == kInPayload ? std::min(aligned(request.block_size), sent.payload.size() - before) : 0;
  // At the end are the groups, and the spans of the lines, which the runner finds itself when they are missing.
  const auto extra = sent.payload.subspan(before + block);
  const uint64_t groups_size = aligned(uint64_t{rows} * sizeof(uint32_t));
  const auto after = extra.first(extra.size() - groups_size - uint64_t{rows} * sizeof(plug_span));
  const std::span groups(reinterpret_cast<const uint32_t *>(after.data() + after.size()), rows);
  const uint32_t largest = groups.empty() ? 0 : std::ranges::max(groups);
  const uint32_t group_size = largest <= UINT8_MAX ? 1 : largest <= UINT16_MAX ? 2 : 4;
  Kept kept{request, bytes_.size(), before, after.size(), rows, group_size, nullptr};
  append(sent.payload.first(before), &bytes_);
  append(after, &bytes_);
  if (group_size == 1) append_as<uint8_t>(groups, &bytes_);
  if (group_size == 2) append_as<uint16_t>(groups, &bytes_);
  if (group_size == 4) append_as<uint32_t>(groups, &bytes_);
  if (content.block.file && in.bytes() >= kCopied && may_refer_to(*content.block.file)) {
    kept.file = content.block.file;
  } else {
    for (const Range &range : in.ranges())
      if (range.text == 0) append(bytes_of(content, range), &bytes_);
  }
  requests_.push_back(std::move(kept));
}

bool FoldJournal::may_refer_to(const PlainFile &file) const {
  size_t files = 0;
  const PlainFile *last = nullptr;
  for (auto kept = requests_.rbegin(); kept != requests_.rend(); ++kept) {
    if (kept->file.get() == &file) return true;
    if (kept->file && kept->file.get() != last) files++;
    if (kept->file) last = kept->file.get();
  }
  return files < kMaxFiles;
}

// Calls take(row, group) for each row of a request.
template <typename Take>
void FoldJournal::each_group(const Kept &kept, Take take) const {
  const uint8_t *const at = bytes_.bytes().data() + kept.offset + kept.before + kept.after;
  if (kept.group_size == 1) each_as<uint8_t>(at, kept.rows, take);
  if (kept.group_size == 2) each_as<uint16_t>(at, kept.rows, take);
  if (kept.group_size == 4) each_as<uint32_t>(at, kept.rows, take);
}

std::vector<uint32_t> FoldJournal::touched() const {
  std::vector<bool> seen;
  const auto see = [&](uint32_t group) {
    if (group >= seen.size()) seen.resize(std::max<size_t>(size_t{group} + 1, 2 * seen.size()));
    seen[group] = true;
  };
  merged_.each([&](uint32_t group, std::span<const uint8_t>) { see(group); });
  for (const Kept &kept : requests_) each_group(kept, [&](uint32_t, uint32_t group) { see(group); });
  std::vector<uint32_t> groups;
  for (uint32_t group = 0; group < seen.size(); group++)
    if (seen[group]) groups.push_back(group);
  return groups;
}

void FoldJournal::clear() {
  merged_.clear();
  bytes_.clear();
  requests_.clear();
}

Request FoldJournal::request(size_t index) const {
  Request request = requests_[index].request;
  request.block_at = kInPayload;
  return request;
}

uint64_t FoldJournal::size(size_t index) const {
  const Kept &kept = requests_[index];
  return kept.before + aligned(kept.request.block_size) + aligned(kept.after) +
         aligned(uint64_t{kept.rows} * sizeof(uint32_t)) + kReadableAfter;
}

void FoldJournal::pack(size_t index, Packer *to) const {
  const Kept &kept = requests_[index];
  const auto bytes = bytes_.bytes().subspan(kept.offset);
  const auto before = bytes.first(kept.before);
  to->put(before);
  uint8_t *const block = to->skip(kept.request.block_size);
  const auto ranges = ranges_of(kept, before);
  if (kept.file) {
    read_lines(kept, ranges, block);
  } else {
    const uint8_t *lines = bytes.data() + kept.before + kept.after + uint64_t{kept.rows} * kept.group_size;
    for (const Range &range : ranges) {
      std::memcpy(block + range.begin, lines, range.end - range.begin);
      lines += range.end - range.begin;
    }
  }
  to->put(bytes.subspan(kept.before, kept.after));
  auto *const groups = reinterpret_cast<uint32_t *>(to->skip(uint64_t{kept.rows} * sizeof(uint32_t)));
  each_group(kept, [&](uint32_t row, uint32_t group) { groups[row] = group; });
}

// Returns the ranges of a request in its block.
std::vector<Range> FoldJournal::ranges_of(const Kept &kept, std::span<const uint8_t> before) {
  std::vector<Range> ranges;
  Unpacker(before).take(kept.request.ranges, &ranges);
  std::erase_if(ranges, [](const Range &range) { return range.text != 0; });
  return ranges;
}

// Reads the lines of a request from its file, each to its place in the block.
void FoldJournal::read_lines(const Kept &kept, const std::vector<Range> &ranges, uint8_t *block) {
  if (ranges.empty()) return;
  const PlainFile &file = *kept.file;
  const uint32_t begin = ranges.front().begin;
  std::vector<uint8_t> bytes(ranges.back().end - begin);
  for (size_t have = 0; have < bytes.size();) {
    const ReadResult got = read_at(file.descriptor.get(), file.from + kept.request.block_offset + begin + have,
                                   bytes.data() + have, bytes.size() - have);
    if (got.error != 0) throw read_again_failed(kept.request, FailureKind::input, got.error);
    if (got.size == 0) throw read_again_failed(kept.request, FailureKind::changed, 0);
    have += got.size;
  }
  // Asked after reading, so that what was read is what was folded before.
  if (file.has_changed()) throw read_again_failed(kept.request, FailureKind::changed, 0);
  for (const Range &range : ranges)
    std::memcpy(block + range.begin, bytes.data() + (range.begin - begin), range.end - range.begin);
}

}  // namespace plughost::isolation
