#include "engine/input/read_ceiling.hpp"

#include <cerrno>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "engine/input/form.hpp"
#include "engine/input/reader.hpp"
#include "engine/input/source.hpp"
#include "engine/lines/lines.hpp"
#include "engine/plugin/context.hpp"
#include "os/file/file.hpp"

namespace plughost {
namespace {

class CeilingRun {
 public:
  explicit CeilingRun(std::unique_ptr<Reader> reader) : reader_(std::move(reader)) {}

  void work() {
    Block block;
    ReadCeiling own;
    try {
      while (next(&block)) {
        own.bytes += block.consumed;
        own.lines += count_lines(block.data(), block.size());
      }
    } catch (const std::bad_alloc &) {
      // The caller sees it: `bytes` is less than the size of the file.
    }
    std::lock_guard lock(mutex_);
    ceiling_.bytes += own.bytes;
    ceiling_.lines += own.lines;
  }

  const ReadCeiling &ceiling() const { return ceiling_; }

 private:
  bool next(Block *block) {
    block->clear();
    {
      std::lock_guard lock(mutex_);
      if (!reader_->claim(block)) return false;
    }
    reader_->fill(block);
    return !block->failure;
  }

  const std::unique_ptr<Reader> reader_;
  std::mutex mutex_;  // guards reader_->claim and what follows
  ReadCeiling ceiling_;
};

}  // namespace

ReadCeiling read_ceiling(Descriptor file, unsigned workers) {
  const auto status = status_of(file.get());
  if (!status) throw std::system_error(errno, std::generic_category(), "fstat");
  const char *const form = form_of(file.get(), 0);
  const uint64_t size = status->size;
  CeilingRun run(read_file(std::move(file), 0, size, {block_size_for(size, workers), kMaxLine}));
  const uint64_t start = now_ns();
  std::vector<std::thread> others;
  try {
    for (unsigned i = 1; i < workers; i++) others.emplace_back([&run] { run.work(); });
  } catch (const std::system_error &) {
    // Fewer threads only make it slower.
  }
  run.work();
  for (std::thread &other : others) other.join();
  ReadCeiling ceiling = run.ceiling();
  ceiling.elapsed_ns = now_ns() - start;
  ceiling.form = form;
  return ceiling;
}

}  // namespace plughost
