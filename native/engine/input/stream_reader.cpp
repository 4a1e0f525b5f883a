#include <algorithm>
#include <cstring>
#include <optional>

#include "engine/input/reader.hpp"

namespace plughost {
namespace {

constexpr size_t round_up(size_t size) { return page_aligned(size); }

// A block is handed over when it is full, or when it holds a whole line and the stream has no more bytes yet. So a fast
// writer fills large blocks, and the lines of a slow writer are passed on at once.
//
// window_[begin_, end_) is unread input. [begin_, lines_) holds whole lines. [lines_, end_) holds the beginning of one
// line or, if long_ is set, a line over the limit, and after it bytes that were not searched yet.
class StreamReader : public Reader {
 public:
  StreamReader(std::unique_ptr<ByteStream> stream, ReadOptions options)
      : stream_(std::move(stream)), options_(options), window_(options.pool) {}

  bool claim(Block *block) override {
    block->live = stream_->live();
    while (lines_ == begin_ && !ended_) {
      if (!long_) {
        if (!fetch()) return false;
      } else if (options_.long_lines == LongLines::skip) {
        drop();
      } else {
        break;
      }
    }
    block->skipped = block->long_lines = std::exchange(skipped_, 0);
    if (lines_ > begin_) {
      in_long_ = false;
      hand_over(block, lines_);
    } else if (long_ && options_.long_lines == LongLines::split) {
      block->cut = true;
      block->long_lines = !std::exchange(in_long_, true);
      hand_over(block, begin_ + options_.max_line);
      look(begin_);
    } else {
      // An empty block, for a failure of the stream or for input that had no lines.
      hand_over(block, begin_);
      if (long_ && !failure_) failure_ = line_too_long(offset_);
    }
    if (lines_ == begin_ && (ended_ || failure_)) block->failure = std::exchange(failure_, std::nullopt);
    return block->size() > 0 || block->consumed > 0 || block->skipped > 0 || block->failure;
  }

  void fill(Block *) override {}

 private:
  // Reads until there is a whole line or a line over the limit, or the stream ends. Returns false when the stream was
  // stopped.
  bool fetch() {
    try {
      if (exchange()) return true;
      window_.grow(end_ + options_.block_size);
      const size_t full = end_ + options_.block_size;
      while (lines_ == begin_ || end_ < full) {
        if (end_ == window_.size()) window_.grow(end_ + std::max(options_.block_size / 2, kPage));
        // Reads a whole block of a file by one call, so that the kernel copies whole pages.
        const size_t size = end_ < full ? full - end_ : options_.block_size;
        const auto got = stream_->read(window_.data() + end_, std::min(size, window_.size() - end_), lines_ == begin_);
        if (got.state == ByteStream::State::stopped) return false;
        if (got.state == ByteStream::State::none_yet) break;
        if (got.state == ByteStream::State::end) {
          end();
          break;
        }
        const size_t before = end_;
        end_ += got.size;
        if (skipping_) {
          drop();
        } else {
          look(before);
        }
        if (long_) break;
      }
    } catch (StreamFailed &failed) {
      failure_ = std::move(failed.failure);
      end();
    }
    return true;
  }

  // Takes the next bytes of the stream in its own buffer, and puts the beginning of the line that goes on before them.
  // Returns whether there is a whole line, or one over the limit. Blocks in shared memory must stay there, and small
  // blocks are for tests.
  bool exchange() {
    const size_t left = end_ - begin_;
    if (options_.pool || options_.block_size < kStreamBlock || skipping_ || left > ByteStream::kRoom) return false;
    size_t begin = 0;
    const size_t size = stream_->exchange(&next_, &begin);
    if (size == 0) return false;
    std::swap(window_, next_);
    begin_ = lines_ = begin - left;
    copy(&window_, begin_, next_.data() + (end_ - left), left);
    end_ = begin + size;
    look(begin);
    return long_ || lines_ > begin_;
  }

  // Notes that no bytes follow. The last line needs no newline.
  void end() {
    ended_ = true;
    if (skipping_) skipped_++;
    skipping_ = false;
    if (!long_) lines_ = end_;
  }

  // Moves lines_ to the end of the last whole line, or sets long_. There is no newline in [lines_, from).
  void look(size_t from) {
    const uint8_t *const data = window_.data();
    long_ = false;
    if (end_ - lines_ <= options_.max_line) {
      if (const auto *last = static_cast<const uint8_t *>(memrchr(data + from, '\n', end_ - from)))
        lines_ = static_cast<size_t>(last - data) + 1;
    } else {
      while (lines_ < end_ && !long_) {
        const auto *newline = static_cast<const uint8_t *>(std::memchr(data + from, '\n', end_ - from));
        const size_t end = newline ? static_cast<size_t>(newline - data) : end_;
        long_ = end - lines_ > options_.max_line;
        if (long_ || !newline) break;
        lines_ = from = end + 1;
      }
    }
    if (ended_ && !long_) lines_ = end_;
  }

  // Leaves out the line at begin_, as much of it as was read.
  void drop() {
    const uint8_t *const data = window_.data();
    const auto *newline = static_cast<const uint8_t *>(std::memchr(data + begin_, '\n', end_ - begin_));
    const size_t to = newline ? static_cast<size_t>(newline - data) + 1 : end_;
    offset_ += to - begin_;
    lines_ = begin_ = to;
    long_ = false;
    skipping_ = !newline && !ended_;
    if (skipping_) {
      lines_ = begin_ = end_ = 0;
    } else {
      skipped_++;
      look(begin_);
    }
  }

  // Gives window_[begin_, to) to the block. Copies either these bytes or the rest of the window, whichever is less.
  void hand_over(Block *block, size_t to) {
    const size_t given = to - begin_;
    const size_t left = end_ - to;
    block->offset = offset_;
    offset_ += given;
    // A stream that decodes a part again goes back.
    block->consumed = std::max(stream_->consumed(offset_), consumed_) - consumed_;
    consumed_ += block->consumed;
    if (given <= left) {
      copy(&block->buffer, 0, window_.data() + begin_, given);
      block->begin = 0;
      block->end = given;
      begin_ = to;
    } else {
      std::swap(block->buffer, window_);
      block->begin = begin_;
      block->end = to;
      // The rest ends at a page boundary, so that the next read begins at one.
      end_ = round_up(left);
      begin_ = end_ - left;
      copy(&window_, begin_, block->buffer.data() + to, left);
    }
    lines_ = begin_;
  }

  static void copy(PageBuffer *to, size_t at, const uint8_t *from, size_t size) {
    if (size == 0) return;
    to->grow(at + size);
    std::memcpy(to->data() + at, from, size);
  }

  const std::unique_ptr<ByteStream> stream_;
  const ReadOptions options_;
  PageBuffer window_;
  PageBuffer next_;  // given to the stream for the next one
  size_t begin_ = 0;
  size_t lines_ = 0;
  size_t end_ = 0;
  uint64_t offset_ = 0;    // of begin_, in the input
  uint64_t consumed_ = 0;  // accounted for by blocks
  uint32_t skipped_ = 0;   // lines left out since the last block
  bool long_ = false;      // the line at lines_ is too long
  bool in_long_ = false;   // begin_ is inside a line that was cut
  bool skipping_ = false;  // the next bytes belong to a line that is left out
  bool ended_ = false;
  std::optional<Failure> failure_;
};

}  // namespace

std::unique_ptr<Reader> read_stream(std::unique_ptr<ByteStream> stream, ReadOptions options) {
  return std::make_unique<StreamReader>(std::move(stream), options);
}

}  // namespace plughost
