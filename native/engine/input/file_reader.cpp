#include <algorithm>
#include <atomic>
#include <cstring>

#include "engine/input/reader.hpp"
#include "os/file/read.hpp"

namespace plughost {
namespace {

// How many bytes after its end are read with a piece. The line that crosses the end is likely to end there.
constexpr size_t kTail = kPage;

// The file is cut into pieces of block_size. A piece owns the lines that begin after a newline inside it. The first
// piece also owns the line at its beginning. So a line that starts exactly at a cut belongs to the piece before the
// cut, each line has one owner, and no piece needs to know its neighbours.
class FileReader : public Reader {
 public:
  // Gives the lines of the pieces between `begin` and `end`.
  FileReader(Descriptor file, uint64_t from, uint64_t begin, uint64_t end, uint64_t size, ReadOptions options,
             size_t begun)
      : file_(std::make_shared<PlainFile>(std::move(file), from)),
        begin_(begin),
        end_(end),
        size_(size),
        options_(options),
        begun_(begun),
        next_(begin) {}

  bool claim(Block *block) override {
    if (next_ >= end_ || failed_.load(std::memory_order_relaxed)) return false;
    block->file = file_;
    block->offset = next_;
    next_ += std::min<uint64_t>(options_.block_size, end_ - next_);
    block->last = next_ == end_;
    return true;
  }

  bool may_wait() const override { return false; }

  void fill(Block *block) override {
    const uint64_t start = block->offset;
    const size_t piece = static_cast<size_t>(std::min<uint64_t>(options_.block_size, end_ - start));
    const bool last = start + piece == size_;
    block->consumed = piece;

    size_t have = start == begin_ ? std::min(begun_, piece) : 0;
    have += read(block, start, have, piece + (last ? 0 : kTail) - have);
    if (have == 0) return;
    const auto newline_from = [&](size_t at) -> const uint8_t * {
      if (at >= have) return nullptr;
      return static_cast<const uint8_t *>(std::memchr(block->buffer.data() + at, '\n', have - at));
    };
    const auto after = [&](const uint8_t *newline) { return static_cast<size_t>(newline - block->buffer.data()) + 1; };

    if (start > 0) {
      const uint8_t *newline = newline_from(0);
      if (!newline || after(newline) > piece) return;  // no line begins in this piece
      block->begin = after(newline);
    }
    if (last || have < piece) {
      block->end = have;
    } else {
      size_t looked = piece;
      size_t more = kTail;
      const uint8_t *newline = newline_from(looked);
      while (!newline && start + have < size_) {
        // The line that crosses the cut is longer: read on, in larger and larger steps.
        if (have - piece > options_.max_line) break;
        looked = have;
        more = std::max(more, have - piece);
        const size_t got = read(block, start, have, more);
        if (got == 0) break;
        have += got;
        newline = newline_from(looked);
      }
      block->end = newline ? after(newline) : have;
    }
    block->offset = start + block->begin;
    end_before_long_line(block);
  }

 private:
  // Ends the block before its first line over the limit. Only a block over the limit can have such a line.
  void end_before_long_line(Block *block) const {
    if (block->size() <= options_.max_line) return;
    size_t begin = block->begin;
    while (begin < block->end) {
      const auto *newline =
          static_cast<const uint8_t *>(std::memchr(block->buffer.data() + begin, '\n', block->end - begin));
      const size_t end = newline ? static_cast<size_t>(newline - block->buffer.data()) : block->end;
      if (end - begin > options_.max_line) {
        block->failure = line_too_long(block->offset + (begin - block->begin));
        block->end = begin;
        return;
      }
      begin = end + 1;
    }
  }

  // Reads up to `length` bytes after the first `have` bytes of the piece that starts at `start`. Returns how many bytes
  // were read: fewer at the end of the file and where reading fails.
  size_t read(Block *block, uint64_t start, size_t have, size_t length) {
    length = static_cast<size_t>(std::min<uint64_t>(length, size_ - start - have));
    block->buffer.grow(std::max(options_.block_size + kTail, have + length));
    size_t got = 0;
    while (got < length) {
      const ReadResult result = read_at(file_->descriptor.get(), file_->from + start + have + got,
                                        block->buffer.data() + have + got, length - got);
      if (result.error != 0 && !failed_.exchange(true)) block->failure = read_failed(result.error, start + have + got);
      if (result.size == 0) break;
      got += result.size;
    }
    return got;
  }

  const std::shared_ptr<const PlainFile> file_;
  const uint64_t begin_, end_;  // of what is read
  const uint64_t size_;         // of the input, in bytes
  const ReadOptions options_;
  const size_t begun_;  // bytes that the buffer of the first block has
  uint64_t next_;
  std::atomic<bool> failed_{false};
};

}  // namespace

std::unique_ptr<Reader> read_file(Descriptor file, uint64_t from, uint64_t size, ReadOptions options, size_t begun) {
  return std::make_unique<FileReader>(std::move(file), from, 0, size, size, options, begun);
}

std::unique_ptr<Reader> read_range(Descriptor file, uint64_t begin, uint64_t end, uint64_t size, ReadOptions options,
                                   size_t begun) {
  return std::make_unique<FileReader>(std::move(file), 0, begin, end, size, options, begun);
}

}  // namespace plughost
