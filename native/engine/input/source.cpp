#include "engine/input/source.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "engine/input/codecs/format.hpp"
#include "engine/input/codecs/parallel_stream.hpp"
#include "engine/input/form.hpp"
#include "engine/input/peeked_stream.hpp"
#include "engine/input/transcoded_stream.hpp"
#include "os/file/read.hpp"

namespace plughost {
namespace {

// Small files have small blocks: each worker gets several of them, and no worker is busy for long with the last one.
constexpr size_t kLeastBlock = 256 << 10;
constexpr unsigned kShares = 4;

// Leaves a UTF-8 byte order mark out of the first line.
void skip_byte_order_mark(Block *block) {
  if (block->offset != 0 || block->size() < 3 || std::memcmp(block->data(), "\xEF\xBB\xBF", 3) != 0) return;
  block->begin += 3;
  block->offset += 3;
  block->mark = 3;
}

// Values of Source::sizes_ that are no sizes.
constexpr uint64_t kNoSize = UINT64_MAX;           // the input is not a regular file
constexpr uint64_t kUnknownSize = UINT64_MAX - 1;  // the system was not asked yet
uint64_t stored_size(const FileStatus &status) {
  return status.kind == FileStatus::Kind::regular ? status.size : kNoSize;
}

// Reads the beginning of a file: its first block, or a part of it that is large enough to recognise the form. A small
// file is read whole, so that one system call does both. Returns how many bytes were read; 0 when that failed.
size_t begin_file(const Descriptor &file, uint64_t from, uint64_t size, size_t block_size, PageBuffer *buffer) {
  const uint64_t wanted = std::min<uint64_t>(size, std::clamp(block_size, kFormBytes, kLeastBlock));
  buffer->grow(kLeastBlock);
  return read_at(file.get(), from, buffer->data(), wanted).size;
}

// An input that cannot be opened has one empty block, which carries this failure.
Failure open_failed(int code) { return {FailureKind::input, "", "open", code, "", -1, false}; }

// A part of a file that is not there, or cannot be read by itself.
Failure range_failed(const char *why) { return {FailureKind::range, "", "read a part of it", 0, why, -1, false}; }

// A file is compressed twice by accident. More layers would only cost memory.
constexpr int kMaxLayers = 3;
Failure layers_failed(const Format &format) {
  return {FailureKind::decode, "", format.name, 0, "it is compressed more than three times", 0, false};
}

}  // namespace

static_assert(kMaxFirst <= PeekedStream::kMax);

size_t block_size_for(uint64_t size, unsigned workers, size_t most) {
  const uint64_t share = size / (uint64_t{kShares} * workers);
  return static_cast<size_t>(std::clamp<uint64_t>(share, kLeastBlock, most)) / kPage * kPage;
}

Source::Source(std::vector<InputSpec> inputs, ReadOptions options, unsigned workers)
    : inputs_(std::move(inputs)), options_(options), workers_(workers), sizes_(inputs_.size()) {
  for (auto &size : sizes_) size = kUnknownSize;
}

uint64_t Source::total() {
  uint64_t total = 0;
  for (uint32_t i = 0; i < inputs_.size(); i++) {
    const InputSpec &input = inputs_[i];
    if (input.feed) return 0;
    if (sizes_[i] == kUnknownSize) {
      if (input.end > 0) {
        total += input.end - input.begin;
        continue;
      }
      const auto status = input.fd >= 0 ? status_of(input.fd) : status_of(folder_, input.name);
      sizes_[i] = status ? stored_size(*status) : 0;
    }
    if (sizes_[i] == kNoSize) return 0;
    total += sizes_[i];
  }
  return total;
}

bool Source::next(Block *block, bool may_open_ahead) {
  using State = Opened::State;
  block->clear();
  Lock lock(mutex_);
  for (;;) {
    if (stop_->raised()) return false;
    const auto ready =
        std::find_if(open_.begin(), open_.end(), [](const Opened &opened) { return opened.state == State::ready; });
    if (ready != open_.end() && (ready == open_.begin() || may_open_ahead)) {
      if (!claim(lock, ready, block)) return !stop_->raised();
      break;
    }
    // Later inputs must not be opened before a pipe has ended. It may be their writer who writes to it.
    const bool may_open =
        opened_ < inputs_.size() && (open_.empty() || may_open_ahead) &&
        std::all_of(open_.begin(), open_.end(), [](const Opened &opened) { return opened.state == State::examined; });
    if (may_open) {
      if (open_next(lock, block)) break;
    } else if (open_.empty()) {
      return false;
    } else if (open_.front().state == State::deferred) {
      open_.front().state = State::opening;
      if (open(lock, open_.front().input, false, block)) break;
    } else {
      changed_.wait(lock);
    }
  }
  skip_byte_order_mark(block);
  return true;
}

// Claims the next block of an input that is ready, and fills it without the mutex. Returns false if the input had no
// more: the block is then empty and the last one. Call it with the mutex.
bool Source::claim(Lock &lock, std::vector<Opened>::iterator opened, Block *block) {
  const uint32_t input = opened->input;
  const std::shared_ptr<Reader> reader = opened->reader;
  block->input = input;
  block->position = opened->claimed++;
  const bool waits = reader->may_wait();
  if (waits) {
    opened->state = Opened::State::waiting;
    lock.unlock();
  }
  bool got = false;
  try {
    got = left_ != input && reader->claim(block);
  } catch (...) {
    if (waits) lock.lock();
    close(input, block);
    throw;
  }
  if (waits) {
    lock.lock();
    find(input)->state = Opened::State::ready;
    changed_.notify_all();
  }
  if (!got || block->last) close(input, block);
  // The destructor of the reader may wait for its thread.
  lock.unlock();
  if (got) reader->fill(block);
  return got;
}

bool Source::open_next(Lock &lock, Block *block) {
  const uint32_t input = opened_++;
  const bool ahead = !open_.empty();
  open_.push_back({input});
  return open(lock, input, ahead, block);
}

// Opens an input without the mutex, so that others can open and read meanwhile. Returns whether *block is its first
// block. Else the input is ready or deferred. Call it with the mutex.
bool Source::open(Lock &lock, uint32_t input, bool ahead, Block *block) {
  block->input = input;
  block->position = 0;
  lock.unlock();
  std::shared_ptr<Reader> reader;
  try {
    reader = make_reader(input, ahead, block);
  } catch (StreamFailed &failed) {
    block->unopened = block->last = true;
    block->failure = std::move(failed.failure);
  } catch (...) {
    lock.lock();
    close(input, block);
    throw;
  }
  lock.lock();
  const bool first = block->file || block->unopened;
  if (block->last) {
    close(input, block);
  } else {
    const auto opened = find(input);
    opened->state = reader ? Opened::State::ready : Opened::State::deferred;
    opened->reader = std::move(reader);
    opened->claimed = first ? 1 : 0;
    changed_.notify_all();
  }
  return first;
}

std::vector<Source::Opened>::iterator Source::find(uint32_t input) {
  return std::find_if(open_.begin(), open_.end(), [&](const Opened &opened) { return opened.input == input; });
}

// Notes that *block is the last one of an input. Call it with the mutex.
void Source::close(uint32_t input, Block *block) {
  block->last = true;
  open_.erase(find(input));
  changed_.notify_all();
}

void Source::set_state(uint32_t input, Opened::State state) {
  const std::lock_guard lock(mutex_);
  find(input)->state = state;
}

void Source::stop() {
  stop_->raise();
  {
    std::lock_guard lock(live_mutex_);
    if (live_stop_) live_stop_->raise();
  }
  for (const InputSpec &input : inputs_)
    if (input.feed) input.feed->stop();
  std::lock_guard lock(mutex_);
  changed_.notify_all();
}

void Source::skip_input(uint32_t input) {
  left_ = input;
  std::lock_guard lock(live_mutex_);
  if (live_stop_ && live_input_ == input) live_stop_->raise();
}

// Returns a signal for an input that may pause. It is raised when the input is skipped or the source is stopped.
std::shared_ptr<const StopSignal> Source::make_live_stop(uint32_t input) {
  auto stop = std::make_shared<StopSignal>();
  {
    std::lock_guard lock(live_mutex_);
    live_input_ = input;
    live_stop_ = stop;
  }
  if (stop_->raised()) stop->raise();
  return stop;
}

// Returns the reader of an input. The first block of a plain file is read into *block. Returns null for an input that
// must be opened in its turn, and is `ahead` of it: opening a FIFO wakes its writer, and two inputs may be the same
// pipe. Only a plain file that has a name is opened ahead. Throws StreamFailed and what reading throws.
std::unique_ptr<Reader> Source::make_reader(uint32_t input, bool ahead, Block *block) {
  const InputSpec &spec = inputs_[input];
  if (ahead && !is_regular(spec)) return nullptr;
  if (spec.feed) {
    set_state(input, Opened::State::opening);
    return open_stream(read_feed(spec.feed), stop_);
  }
  // Does not wait for the writer of a FIFO, because no stop could end that: the stream waits where it reads.
  Descriptor file = spec.fd >= 0 ? Descriptor(spec.fd, false) : open_to_read(folder_, spec.name);
  const auto status = file.get() >= 0 ? status_of(file.get()) : std::nullopt;
  if (!status) throw StreamFailed{open_failed(errno)};
  if (status->kind == FileStatus::Kind::folder) throw StreamFailed{open_failed(EISDIR)};
  sizes_[input] = stored_size(*status);
  const bool live = status->kind != FileStatus::Kind::regular;
  if (spec.end > 0) {
    if (live || status->size < spec.end) throw StreamFailed{range_failed("its bytes are not there")};
    const uint64_t size = spec.end - spec.begin;
    const ReadOptions options = options_for_file(size);
    const size_t begun =
        begin_file(file, 0, status->size, spec.begin == 0 ? options.block_size : kFormBytes, &block->buffer);
    const bool plain = *form_of({block->buffer.data(), begun}) == 0;
    if (!plain && size < status->size) throw StreamFailed{range_failed("it is not plain text, and has no parts")};
    if (plain) {
      // What was read is at the beginning of the file.
      auto reader =
          read_range(std::move(file), spec.begin, spec.end, status->size, options, spec.begin == 0 ? begun : 0);
      if (reader->claim(block)) reader->fill(block);
      return reader;
    }
    if (ahead) return nullptr;
    set_state(input, Opened::State::opening);
    return open_stream(std::make_unique<DescriptorStream>(std::move(file), false, stop_), stop_);
  }
  // Files of /proc and /sys are regular files of size 0. They are read like pipes.
  if (!live && status->size > 0 && options_.long_lines == LongLines::fail) {
    const uint64_t from = spec.fd >= 0 ? position_of(file.get()) : 0;
    const uint64_t size = status->size > from ? status->size - from : 0;
    const ReadOptions options = options_for_file(size);
    const size_t begun = begin_file(file, from, size, options.block_size, &block->buffer);
    if (*form_of({block->buffer.data(), begun}) == 0) {
      auto reader = read_file(std::move(file), from, size, options, begun);
      if (reader->claim(block)) reader->fill(block);
      return reader;
    }
  }
  if (ahead) return nullptr;
  set_state(input, Opened::State::opening);
  const auto stop = live ? make_live_stop(input) : stop_;
  return open_stream(std::make_unique<DescriptorStream>(std::move(file), live, stop), stop);
}

bool Source::is_regular(const InputSpec &spec) const {
  if (spec.fd >= 0 || spec.feed) return false;
  const auto status = status_of(folder_, spec.name);
  return status && status->kind == FileStatus::Kind::regular;
}

std::unique_ptr<Reader> Source::open_stream(std::unique_ptr<ByteStream> stored,
                                            std::shared_ptr<const StopSignal> stop) {
  auto stream = std::make_unique<PeekedStream>(std::move(stored));
  const Format *format = stream->look(format_of);
  for (int layers = 0; format && layers < kMaxLayers; layers++) {
    stream = std::make_unique<PeekedStream>(decode(std::move(stream), *format, stop, {workers_}));
    format = stream->look(format_of);
  }
  if (format) throw StreamFailed{layers_failed(*format)};
  const bool empty = stream->empty();
  const Encoding encoding = stream->look(encoding_of);
  std::unique_ptr<ByteStream> text = std::move(stream);
  if (encoding.unit > 0) text = std::make_unique<TranscodedStream>(std::move(text), encoding);
  auto reader = read_stream(std::move(text), options_for_stream());
  // Nothing is to be read ahead, and a thread for each of many empty files would take longer than all else.
  if (empty) return reader;
  return read_ahead(std::move(reader), options_.pool);
}

ReadOptions Source::options_for_file(uint64_t size) const {
  ReadOptions options = options_;
  if (options.block_size == 0) options.block_size = block_size_for(size, workers_, options.max_block);
  return options;
}

ReadOptions Source::options_for_stream() const {
  ReadOptions options = options_;
  if (options.block_size == 0) options.block_size = options.stream_block;
  return options;
}

}  // namespace plughost
