// Compares whole runs, with all their threads, with a loop over lines. Input: workers, block size, limits, lines of
// context, number of files, whether they are opened by name, whether the output is taken or written, when the run is
// cancelled, shape, text.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <numeric>
#include <thread>

#include "engine/input/form.hpp"
#include "engine/output/batch_queue.hpp"
#include "engine/output/writer.hpp"
#include "engine/run/run.hpp"
#include "engine/stages/filter_stage.hpp"
#include "fuzz.hpp"

using namespace plughost;

namespace {

bool keeps(std::string_view line) {
  return std::accumulate(line.begin(), line.end(), 0u,
                         [](unsigned sum, char c) { return sum + static_cast<uint8_t>(c); }) %
             3 ==
         0;
}

int32_t match(const plug_plugin *, void *, const uint8_t *data, uint64_t length) {
  return keeps({reinterpret_cast<const char *>(data), length});
}

int64_t scan(const plug_plugin *, void *, const plug_ctx *, plug_bytes block, uint64_t *cursor, plug_span *spans,
             uint32_t cap, plug_error *) {
  uint32_t found = 0;
  const std::string_view text(reinterpret_cast<const char *>(block.data), block.len);
  while (*cursor < text.size() && found < cap) {
    const size_t newline = std::min(text.find('\n', *cursor), text.size());
    if (keeps(text.substr(*cursor, newline - *cursor)))
      spans[found++] = {static_cast<uint32_t>(*cursor), static_cast<uint32_t>(newline - *cursor)};
    *cursor = std::min(newline + 1, text.size());
  }
  return found;
}

const plug_plugin kPlugin{sizeof(plug_plugin),
                          PLUG_MAGIC,
                          PLUG_ABI_MAJOR,
                          PLUG_ABI_MINOR,
                          0,
                          0,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr};
const plug_filter kFilter{
    sizeof(plug_filter), PLUG_FILTER_LINEWISE, nullptr, nullptr, match, nullptr, scan, nullptr, nullptr};

struct Setting {
  uint32_t workers, block_size, limit, input_limit, around, files, named, taken, cancel_after;
  Shape shape;
};

// Returns the output that grep would print.
std::string naive(const std::vector<std::string_view> &files, const Setting &setting) {
  std::string output;
  uint64_t left = setting.limit > 0 ? setting.limit : UINT64_MAX;
  for (const std::string_view file : files) {
    const std::vector<std::string> lines = fuzz::lines_of(file);
    std::vector<bool> kept(lines.size());
    uint64_t left_here = setting.input_limit > 0 ? setting.input_limit : UINT64_MAX;
    for (size_t i = 0; i < lines.size() && left > 0 && left_here > 0; i++) {
      kept[i] = keeps(lines[i]);
      left -= kept[i];
      left_here -= kept[i];
    }
    size_t shown = lines.size();
    for (size_t i = 0; i < lines.size(); i++) {
      bool near = false;
      for (size_t k = i < setting.around ? 0 : i - setting.around; k < lines.size() && k <= i + setting.around; k++)
        near = near || kept[k];
      if (!near) continue;
      if (setting.around > 0 && !output.empty() && shown + 1 != i) output += "--\n";
      output += lines[i] + '\n';
      shown = i;
    }
    if (left == 0) break;
  }
  return output;
}

// Says that something has happened to the run. Waiting is by the kernel: a loop of yields would leave little of a busy
// machine to the threads of the run.
class Events {
 public:
  void add() {
    count_++;
    count_.notify_all();
  }
  uint32_t seen() const { return count_; }
  // Returns when there are more than `seen`.
  void wait(uint32_t seen) const { count_.wait(seen); }

 private:
  std::atomic<uint32_t> count_{0};
};

// Takes all batches until the run has ended.
std::string take_all(BatchQueue *queue, const Events &events, const std::atomic<bool> &ended) {
  std::string output;
  for (Batch batch;;) {
    const uint32_t seen = events.seen();
    const bool last = ended;
    if (queue->take(&batch)) {
      const auto bytes = batch.bytes.bytes();
      output.append(reinterpret_cast<const char *>(bytes.data()), bytes.size());
      REQUIRE(batch.lines.size() ==
              fuzz::lines_of({reinterpret_cast<const char *>(bytes.data()), bytes.size()}).size());
    } else if (last) {
      return output;
    } else {
      events.wait(seen);
    }
  }
}

std::string text_of(int fd) {
  std::string text(static_cast<size_t>(lseek(fd, 0, SEEK_END)), 0);
  REQUIRE(pread(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz::Settings settings(data, size);
  Setting setting{};
  setting.workers = 1 + settings.byte() % 7;
  setting.block_size = settings.number(1, 5000);
  setting.limit = settings.byte() % 3 == 0 ? settings.byte() : 0;
  setting.input_limit = settings.byte() % 3 == 0 ? settings.byte() % 16 : 0;
  setting.around = settings.byte() % 4 == 0 ? settings.byte() % 5 : 0;
  setting.files = 1 + settings.byte() % 12;
  setting.named = settings.byte() % 2;
  setting.taken = settings.byte() % 2;
  setting.cancel_after = settings.byte() % 4 == 0 ? settings.byte() : UINT32_MAX;
  setting.shape = settings.byte() % 2 ? Shape::scan : Shape::line;
  const std::string_view text = settings.rest();
  std::vector<std::string_view> files;
  std::vector<int> descriptors;
  bool odd = false;
  for (uint32_t i = 0; i < setting.files; i++) {
    const size_t begin = text.size() * i / setting.files;
    files.push_back(text.substr(begin, text.size() * (i + 1) / setting.files - begin));
    descriptors.push_back(fuzz::file_of(files.back()));
    odd = odd || *form_of(descriptors.back(), 0) != 0 || files.back().starts_with("\xef\xbb\xbf");
  }
  // Skips files with the beginning of a format or an encoding: the naive version reads plain text.
  if (odd) {
    for (const int fd : descriptors) close(fd);
    return 0;
  }
  const int target = fuzz::file_of("");
  Writer writer(target);
  Events events;
  BatchQueue queue(BatchForm::lines, [&] { events.add(); });
  std::atomic<bool> ended{false};

  RunSpec spec;
  for (const int fd : descriptors) {
    InputSpec input;
    // By its name a file is opened by any worker, also before its turn.
    input.name = setting.named ? "/proc/self/fd/" + std::to_string(fd) : "input";
    if (!setting.named) input.fd = fd;
    spec.inputs.push_back(std::move(input));
  }
  spec.stages.push_back(
      std::make_unique<FilterStage>(StagePlugin{"fuzz", &kPlugin}, kFilter, false, setting.shape, LineEnd::newline));
  spec.output = setting.taken ? static_cast<Output *>(&queue) : &writer;
  spec.print.before = spec.print.after = setting.around;
  spec.limit = setting.limit;
  spec.input_limit = setting.input_limit;
  spec.workers = setting.workers;
  spec.block_size = setting.block_size;

  std::string output;
  bool cancelled = false;
  {
    Run run(std::move(spec), [&] {
      ended = true;
      ended.notify_all();
      events.add();
    });
    if (setting.cancel_after != UINT32_MAX) {
      std::this_thread::sleep_for(std::chrono::microseconds(setting.cancel_after));
      run.cancel(PLUG_CANCEL_ASKED);
      queue.stop_waiting();
    }
    if (setting.taken) output = take_all(&queue, events, ended);
    ended.wait(false);
    cancelled = run.result().cancelled != PLUG_CANCEL_NONE;
    REQUIRE(run.result().failures.empty());
    REQUIRE(run.result().counters.written == (setting.taken ? output.size() : text_of(target).size()));
  }
  if (!setting.taken) output = text_of(target);
  for (const int fd : descriptors) close(fd);
  close(target);

  const std::string expected = naive(files, setting);
  if (cancelled) {
    REQUIRE(expected.starts_with(output) && (output.empty() || output.back() == '\n'));
  } else {
    REQUIRE(output == expected);
  }
  return 0;
}
