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

namespace plughost {
namespace {

// Small files have small blocks: each worker gets several of them, and no worker is busy for long with the last one.
constexpr size_t kLeastBlock = 64 << 10;
constexpr unsigned kShares = 4;

// Leaves a UTF-8 byte order mark out of the first line.
void skip_byte_order_mark(Block *block) {
  if (block->offset != 0 || block->size() < 3 || std::memcmp(block->data(), "\xEF\xBB\xBF", 3) != 0) return;
  block->begin += 3;
  block->offset += 3;
  block->mark = 3;
}

// An input that cannot be opened has one empty block, which carries this failure.
Failure open_failed(int code) { return {FailureKind::input, "", "open", code, "", -1, false}; }

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
    : inputs_(std::move(inputs)), options_(options), workers_(workers) {
  for (const InputSpec &input : inputs_) {
    std::optional<FileStatus> status;
    if (!input.feed) status = input.fd >= 0 ? status_of(input.fd) : status_of(folder_, input.name);
    if (input.feed || (status && status->kind != FileStatus::Kind::regular)) {
      total_ = 0;
      break;
    }
    if (status) total_ += status->size;
  }
}

bool Source::next(Block *block) {
  block->clear();
  std::shared_ptr<Reader> reader;
  {
    std::lock_guard lock(mutex_);
    try {
      if (!claim(block)) return false;
    } catch (...) {
      number_++;
      throw;
    }
    number_++;
    reader = reader_;
  }
  if (reader) reader->fill(block);
  skip_byte_order_mark(block);
  return true;
}

void Source::stop() {
  stop_->raise();
  {
    std::lock_guard lock(live_mutex_);
    if (live_stop_) live_stop_->raise();
  }
  for (const InputSpec &input : inputs_)
    if (input.feed) input.feed->stop();
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

bool Source::claim(Block *block) {
  for (;;) {
    if (stop_->raised()) return false;
    block->number = number_;
    if (reader_) {
      block->input = opened_ - 1;
      if (left_ != block->input && reader_->claim(block)) return true;
      reader_.reset();
    }
    if (opened_ == inputs_.size()) return false;
    block->input = opened_++;
    try {
      reader_ = open(block->input);
    } catch (StreamFailed &failed) {
      block->unopened = true;
      block->failure = std::move(failed.failure);
      return true;
    }
  }
}

std::unique_ptr<Reader> Source::open(uint32_t input) {
  const InputSpec &spec = inputs_[input];
  if (spec.feed) return open_stream(read_feed(spec.feed), stop_);
  // Does not wait for the writer of a FIFO, because no stop could end that: the stream waits where it reads.
  Descriptor file = spec.fd >= 0 ? Descriptor(spec.fd, false) : open_to_read(folder_, spec.name);
  std::optional<FileStatus> status;
  if (file.get() >= 0) status = status_of(file.get());
  if (!status) throw StreamFailed{open_failed(errno)};
  if (status->kind == FileStatus::Kind::folder) throw StreamFailed{open_failed(EISDIR)};
  const bool live = status->kind != FileStatus::Kind::regular;
  const auto stop = live ? make_live_stop(input) : stop_;
  // Files of /proc and /sys are regular files of size 0. They are read like pipes.
  const auto as_stream = [&] {
    return open_stream(std::make_unique<DescriptorStream>(std::move(file), live, stop), stop);
  };
  if (live || status->size == 0) return as_stream();

  const uint64_t from = position_of(file.get());
  const uint64_t end = status->size;
  if (options_.long_lines != LongLines::fail || *form_of(file.get(), from) != 0) return as_stream();
  const uint64_t size = end > from ? end - from : 0;
  const ReadOptions options = options_for(size);
  auto reader = read_file(std::move(file), from, size, options);
  // Several workers read while the others work. A single worker would leave a second core idle without reading ahead.
  return workers_ == 1 && size > options.block_size ? read_ahead(std::move(reader), options_.pool) : std::move(reader);
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
  const Encoding encoding = stream->look(encoding_of);
  std::unique_ptr<ByteStream> text = std::move(stream);
  if (encoding.unit > 0) text = std::make_unique<TranscodedStream>(std::move(text), encoding);
  return read_ahead(read_stream(std::move(text), options_for(UINT64_MAX)), options_.pool);
}

ReadOptions Source::options_for(uint64_t size) const {
  ReadOptions options = options_;
  if (options.block_size == 0) options.block_size = block_size_for(size, workers_, options.max_block);
  return options;
}

}  // namespace plughost
