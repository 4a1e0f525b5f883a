#include "engine/rows/groups/group_source.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace plughost {
namespace {

// Bytes that are written or read at a time.
constexpr size_t kPiece = 256 << 10;

// A length as LEB128: seven bits a byte, the lowest first, the highest bit set in all bytes but the last.
void put_length(ByteBuffer *out, uint64_t length) {
  uint8_t bytes[10];
  size_t count = 0;
  do {
    bytes[count++] = static_cast<uint8_t>((length & 0x7f) | (length > 0x7f ? 0x80 : 0));
    length >>= 7;
  } while (length > 0);
  if (!out->append(bytes, count)) throw std::bad_alloc();
}

bool read_length(std::span<const uint8_t> *bytes, uint64_t *length) {
  *length = 0;
  for (size_t i = 0; i < bytes->size() && i < 10; i++) {
    *length |= uint64_t{(*bytes)[i] & 0x7fu} << (7 * i);
    if ((*bytes)[i] & 0x80) continue;
    *bytes = bytes->subspan(i + 1);
    return true;
  }
  return false;
}

bool read_part(std::span<const uint8_t> *bytes, std::span<const uint8_t> *part) {
  uint64_t length = 0;
  if (!read_length(bytes, &length) || length > bytes->size()) return false;
  *part = bytes->first(static_cast<size_t>(length));
  *bytes = bytes->subspan(static_cast<size_t>(length));
  return true;
}

void put_part(ByteBuffer *out, std::span<const uint8_t> part) {
  put_length(out, part.size());
  if (!out->append(part.data(), part.size())) throw std::bad_alloc();
}

class SpilledSource : public GroupSource {
 public:
  SpilledSource(const TemporaryFile &file, size_t aggregators) : file_(file), reader_(aggregators) {}

  const GroupRecord *next() override {
    for (;;) {
      if (const GroupRecord *record = reader_.read(&left_)) return record;
      if (!read_more()) return nullptr;
    }
  }

 private:
  // Moves what is left to the front of the buffer and reads on behind it. Returns false at the end of the file.
  bool read_more() {
    ByteBuffer next;
    if (!next.append(left_.data(), left_.size())) throw std::bad_alloc();
    // A group may be larger than a piece; what is read doubles, so that it is not copied again and again.
    const size_t piece = std::max(kPiece, left_.size());
    uint8_t *const room = next.reserve(piece);
    if (!room) throw std::bad_alloc();
    const size_t got = file_.read(offset_, room, piece);
    next.commit(got);
    offset_ += got;
    buffer_ = std::move(next);
    left_ = buffer_.bytes();
    return got > 0;
  }

  const TemporaryFile &file_;
  RecordReader reader_;
  uint64_t offset_ = 0;
  ByteBuffer buffer_;
  std::span<const uint8_t> left_;
};

}  // namespace

const GroupRecord *RecordReader::read(std::span<const uint8_t> *bytes) {
  std::span<const uint8_t> rest = *bytes;
  if (!read_part(&rest, &record_.key)) return nullptr;
  for (auto &state : record_.states)
    if (!read_part(&rest, &state)) return nullptr;
  *bytes = rest;
  return &record_;
}

void append_record(const GroupRecord &record, ByteBuffer *out) {
  put_part(out, record.key);
  for (const auto &state : record.states) put_part(out, state);
}

SpilledRun::SpilledRun(const std::string &folder, GroupSource &groups, size_t aggregators)
    : file_(folder), aggregators_(aggregators) {
  ByteBuffer out;
  while (const GroupRecord *record = groups.next()) {
    append_record(*record, &out);
    if (out.size() < kPiece) continue;
    file_.write(out.bytes());
    out.clear();
  }
  file_.write(out.bytes());
}

std::unique_ptr<GroupSource> SpilledRun::read() const { return std::make_unique<SpilledSource>(file_, aggregators_); }

}  // namespace plughost
