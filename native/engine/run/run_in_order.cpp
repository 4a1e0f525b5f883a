// What a run does with its blocks in order, on one thread at a time: limits, output, counters.
#include <algorithm>
#include <new>
#include <utility>

#include "engine/lines/lines.hpp"
#include "engine/lines/unfit_lines.hpp"
#include "engine/run/run.hpp"

namespace plughost {

void Run::consume(Worker &worker, BlockTask &task) {
  const Block &block = task.content.block;
  if (ended_ || (block.is_end() && !task.failure && !task.cancelled)) return;
  if (skipped_input_ == block.input && !task.cancelled) {
    // Ignores the block, and also faults and failures in it.
    count_bytes(block);
  } else {
    accept(worker, task);
    collect_faults(task);
  }
  if (counts_lines_) lines_.pass(block);
}

void Run::accept(Worker &worker, BlockTask &task) {
  if (task.cancelled || task.failure) {
    end_at(task);
    return;
  }
  Block &block = task.content.block;
  InputCount &input = inputs_[block.input];
  if (inputs_reached_ != block.input + 1) lines_before_block_ = 0;
  inputs_reached_ = block.input + 1;
  bool enough = false;
  catch_failures(&task, [&] {
    const uint64_t wanted = lines_wanted(input, kept_);
    // What stands after the last row does not count either.
    const bool has_more = task.lines > wanted || (task.lines == wanted && parses_rows_ && task.rows.most > wanted);
    if (has_more) keep_first(worker, task, wanted);
    enough = write_block(worker, task, wanted);
    if (enough) forget_unfit_lines(task);
    if (spec_.unparsed) write_unfit_lines(task);
  });
  if (task.cancelled || task.failure) end_at(task);
  if (ended_ && !satisfied_) return;
  for (size_t i = 0; i < counts_.size(); i++) {
    if (counts_[i].lines_unfit == 0 && task.counts[i].lines_unfit > 0)
      task.counts[i].first_unfit.line = line_at(block, task.counts[i].first_unfit.offset);
    counts_[i] += task.counts[i];
  }
  count_bytes(block);
  kept_.fetch_add(task.lines, std::memory_order_relaxed);
  input.kept += task.lines;
  if (spec_.output) written_.store(spec_.output->written(), std::memory_order_relaxed);
  blocks_.fetch_add(1, std::memory_order_relaxed);
  long_lines_ += block.long_lines;
  if (block.live && spec_.on_step) spec_.on_step();
  if (task.content.failure && !enough && !satisfied_ && skipped_input_ != block.input) {
    locate(block, &*task.content.failure);
    fail(std::move(*task.content.failure));
    return;
  }
  if (satisfied_ || !block.failure) return;
  if (block.unopened) input.state = InputCount::State::refused;
  block.failure->subject = source_.name(block.input);
  if (block.failure->fatal) {
    fail(std::move(*block.failure));
  } else {
    skip_input(block.input);
    report(std::move(*block.failure));
  }
}

// Forgets what does not fit after the last line or row of the input that is wanted. A block of context lines has none.
void Run::forget_unfit_lines(BlockTask &task) {
  Content &content = task.content;
  std::optional<Range> last = task.rows.last;
  if (!parses_rows_ && !task.kept.ranges().empty()) last = task.kept.ranges().back();
  if (last) {
    forget_lines_behind(*last, &content);
  } else {
    content.unfit.clear();
  }
  for (StageCount &count : task.counts)
    if (!last || count.first_unfit.offset > content.input_offset(last->text, last->end - 1)) count.lines_unfit = 0;
}

// Ends the run at a block that was cancelled, or that failed.
void Run::end_at(BlockTask &task) {
  ended_ = true;
  if (!task.failure) return;
  locate(task.content.block, &*task.failure);
  fail(std::move(*task.failure));
}

void Run::count_bytes(const Block &block) {
  bytes_.fetch_add(block.consumed, std::memory_order_relaxed);
  inputs_[block.input].bytes += block.consumed;
}

// Moves the block's faults of isolated plugins into the run's result.
void Run::collect_faults(BlockTask &task) {
  for (ipc::FaultReport &report : task.content.faults) {
    locate(task.content.block, &report);
    faults_.push_back(std::move(report));
  }
  task.content.faults.clear();
}

// Turns the line number of a report, which counts from the block's first line, into the number in the input.
void Run::locate(const Block &block, ipc::FaultReport *report) {
  if (report->located) report->line = lines_.number(block, report->line).value_or(0);
}

// Finds the line in the input that a failure names by a byte.
void Run::locate(const Block &block, Failure *failure) {
  if (failure->fault) locate(block, failure->fault.get());
  const bool located = failure->kind == FailureKind::plugin || failure->kind == FailureKind::unparsed;
  if (!located || failure->offset < 0) return;
  failure->input = block.input;
  failure->line = line_at(block, static_cast<uint64_t>(failure->offset));
}

// Returns the number of the line with a byte of the input, from 1; 0 if it is not known. In a stream, the lines before
// the block are counted only for isolated plugins and for stages that read rows.
uint64_t Run::line_at(const Block &block, uint64_t offset) {
  const uint64_t before = offset - block.offset;
  if (before > block.size() || (!block.file && !counts_lines_)) return 0;
  // count_lines() counts a line that has no end yet.
  const bool in_line = before > 0 && block.data()[before - 1] != '\n';
  const uint64_t line = count_lines(block.data(), before) + (in_line ? 0 : 1);
  return lines_.number(block, line).value_or(0);
}

// Returns how many more lines may be kept of this input, when `kept` were kept of the run.
uint64_t Run::lines_wanted(const InputCount &input, uint64_t kept) const {
  const uint64_t of_run = spec_.limit > 0 ? spec_.limit - kept : UINT64_MAX;
  const uint64_t of_input = spec_.input_limit > 0 ? spec_.input_limit - input.kept : UINT64_MAX;
  return std::min(of_run, of_input);
}

// Ignores the rest of this input.
void Run::skip_input(uint32_t input) {
  skipped_input_ = input;
  if (input + 1 == inputs_.size()) {
    end_satisfied();
  } else {
    source_.skip_input(input);
  }
}

// Ends the run well: the output is complete, and the workers stop.
void Run::end_satisfied() {
  satisfied_ = ended_ = true;
  cancel_.raise(PLUG_CANCEL_ASKED);
  stop_reading();
}

// Drops all kept lines or rows of the block but the first `lines`. There are more than that, or other lines after them.
void Run::keep_first(Worker &worker, BlockTask &task, uint64_t lines) {
  if (!parses_rows_) task.kept.keep_first(task.content, lines);
  task.lines = lines;
  if (spec_.exporter && !exports_in_order_) {
    export_again(worker, task, lines);
  } else if (task.out.buffer().size() > task.kept.bytes() && !spec_.exporter) {
    task.out.buffer().truncate(task.kept.bytes());
  }
}

// Exports or prints the block and writes it. `wanted` more kept lines of the input are wanted; returns whether it has
// them. Context lines after the last one may still be wanted then.
bool Run::write_block(Worker &worker, BlockTask &task, uint64_t wanted) {
  const Block &block = task.content.block;
  if (exports_in_order_) {
    if (spec_.exporter->numbers()) {
      lines_before_block_ += block.skipped;
      task.content.first_number = lines_before_block_ + 1;
      lines_before_block_ += task.numbers.total();
    }
    export_lines(*exporter_, cancel_.context(0), task, wanted);
  }
  const bool enough = task.lines >= wanted;
  bool done = enough;
  if (printer_) {
    if (spec_.print.shows_spans()) use_worker_for_spans(worker, task);
    printer_->print(task.content, task.kept, source_.name(block.input), task.numbers, task.context, &task.out.buffer(),
                    *spec_.output);
    done = printer_->is_done_with_input() || (enough && !printer_->owes_context());
  }
  if (done) {
    early_ = true;
    if (spec_.limit > 0 && kept_ + task.lines == spec_.limit) end_satisfied();
    if (!satisfied_) skip_input(block.input);
  }
  if (!spec_.output) return enough;
  write_lines(task);
  if (block.live) spec_.output->flush();
  return enough;
}

// Writes the lines of the block that no parser reads to an output of their own.
void Run::write_unfit_lines(BlockTask &task) {
  if (task.content.unfit.empty()) return;
  sort_unfit_lines(&task.content);
  ByteBuffer lines;
  for (const Range &line : task.content.unfit) {
    const auto bytes = bytes_of(task.content, line);
    if (!lines.append(bytes.data(), bytes.size())) throw std::bad_alloc();
    if ((bytes.empty() || bytes.back() != '\n') && !lines.append("\n", 1)) throw std::bad_alloc();
  }
  with_unparsed([&](Output &output) {
    output.put(lines);
    if (task.content.block.live) output.flush();
  });
}

// Writes to the output of lines that no parser reads. Its failures name it.
void Run::with_unparsed(const std::function<void(Output &)> &step) {
  try {
    step(*spec_.unparsed);
  } catch (const OutputFailed &failed) {
    throw StageFailure{{FailureKind::output, "unparsed", "write", failed.code, ""}};
  }
}

// Writes the bytes of the block: from the content if in_place, else from `out`.
void Run::write_lines(BlockTask &task) {
  if (!task.in_place || task.kept.bytes() == 0) {
    spec_.output->put(task.out.buffer());
    return;
  }
  std::vector<OutputPiece> pieces;
  pieces.reserve(task.kept.ranges().size() + 1);
  for (const Range &range : task.kept.ranges()) {
    const auto bytes = bytes_of(task.content, range);
    pieces.push_back({bytes.data(), bytes.size()});
  }
  static constexpr uint8_t newline = '\n';
  if (bytes_of(task.content, task.kept.ranges().back()).back() != '\n') pieces.push_back({&newline, 1});
  spec_.output->put_in_place(pieces);
}

}  // namespace plughost
