#include "source.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace plughost {
namespace {

// A UTF-8 byte order mark says nothing about the first line, so it is not part of it.
void skip_byte_order_mark(Block *block) {
  if (block->offset != 0 || block->size() < 3 || std::memcmp(block->data(), "\xEF\xBB\xBF", 3) != 0) return;
  block->begin += 3;
  block->offset += 3;
}

}  // namespace

Source::Source(std::vector<InputSpec> inputs, ReadLimits limits, std::function<void(Failure)> report)
    : inputs_(std::move(inputs)), limits_(limits), report_(std::move(report)) {
  for (const InputSpec &input : inputs_) {
    struct stat facts;
    const bool known = (input.fd >= 0 ? fstat(input.fd, &facts) : stat(input.name.c_str(), &facts)) == 0;
    if (known && !S_ISREG(facts.st_mode)) {
      total_ = 0;
      break;
    }
    if (known) total_ += static_cast<uint64_t>(facts.st_size);
  }
}

bool Source::next(Block *block) {
  std::shared_ptr<Reader> reader;
  {
    std::lock_guard lock(mutex_);
    try {
      for (;;) {
        if (stop_.raised()) return false;
        block->number = number_;
        if (reader_) {
          block->input = opened_ - 1;
          if (reader_->claim(block)) break;
          reader_.reset();
        }
        if (opened_ == inputs_.size()) return false;
        reader_ = open(opened_++);
      }
    } catch (...) {
      number_++;
      throw;
    }
    number_++;
    reader = reader_;
  }
  reader->fill(block);
  skip_byte_order_mark(block);
  return true;
}

std::unique_ptr<Reader> Source::open(uint32_t input) {
  const InputSpec &spec = inputs_[input];
  const auto failed = [this, &spec](const char *operation, int code, int64_t offset) {
    report_({FailureKind::input, spec.name, operation, code, std::string(), offset, false});
  };
  // A FIFO without a writer would hold us here, deaf to a stop; opened so, it is waited for where it is read.
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  Descriptor file(spec.fd >= 0 ? spec.fd : ::open(spec.name.c_str(), kFlags), spec.fd < 0);
  struct stat facts;
  if (file.get() < 0 || fstat(file.get(), &facts) != 0) {
    failed("open", errno, -1);
    return nullptr;
  }
  if (S_ISDIR(facts.st_mode)) {
    failed("open", EISDIR, -1);
    return nullptr;
  }
  auto on_error = [failed](int code, uint64_t offset) { failed("read", code, static_cast<int64_t>(offset)); };
  // Files of /proc and /sys are regular and state no size; they are read like pipes.
  if (S_ISREG(facts.st_mode) && facts.st_size > 0) {
    const off_t position = lseek(file.get(), 0, SEEK_CUR);
    const auto from = static_cast<uint64_t>(position > 0 ? position : 0);
    const auto size = static_cast<uint64_t>(facts.st_size);
    return read_file(std::move(file), from, size > from ? size - from : 0, limits_, std::move(on_error));
  }
  return read_stream(std::move(file), limits_, stop_, std::move(on_error));
}

}  // namespace plughost
