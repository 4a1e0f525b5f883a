// What a run does with its blocks in their order, by one thread at a time: limits, output, counts.
#include <algorithm>
#include <utility>

#include "engine/run/run.hpp"

namespace plughost {

void Run::consume(Worker &worker, Slot &slot) {
  if (ended_) return;
  const Block &block = slot.content.block;
  if (left_ == block.input && !slot.cancelled) {
    // Nor is it told what failed in lines that nobody wants.
    count_bytes(block);
  } else {
    take_faults(slot);
    take(worker, slot);
    take_faults(slot);
  }
  if (isolated_) lines_.pass(block);
}

void Run::take(Worker &worker, Slot &slot) {
  if (slot.cancelled) {
    ended_ = true;
    return;
  }
  if (slot.failure) {
    if (slot.failure->fault) place(slot.content.block, slot.failure->fault.get());
    fail(std::move(*slot.failure));
    return;
  }
  Block &block = slot.content.block;
  InputCount &input = inputs_[block.input];
  if (reached_ != block.input + 1) lines_before_ = 0;
  reached_ = block.input + 1;
  guarded(nullptr, [&] {
    const uint64_t wanted = lines_wanted(input);
    const bool has_all = slot.lines >= wanted;
    if (slot.lines > wanted) keep_first(worker, slot, wanted);
    write(worker, slot, has_all);
  });
  if (ended_ && !satisfied_) return;
  for (size_t i = 0; i < counts_.size(); i++) counts_[i] += slot.counts[i];
  count_bytes(block);
  kept_.fetch_add(slot.lines, std::memory_order_relaxed);
  input.kept += slot.lines;
  if (spec_.output) written_.store(spec_.output->written(), std::memory_order_relaxed);
  blocks_.fetch_add(1, std::memory_order_relaxed);
  long_lines_ += block.long_lines;
  if (block.live && spec_.on_step) spec_.on_step();
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

void Run::count_bytes(const Block &block) {
  bytes_.fetch_add(block.consumed, std::memory_order_relaxed);
  inputs_[block.input].bytes += block.consumed;
}

// What isolated plugins did not survive in this block.
void Run::take_faults(Slot &slot) {
  for (ipc::FaultReport &report : slot.content.faults) {
    place(slot.content.block, &report);
    faults_.push_back(std::move(report));
  }
  slot.content.faults.clear();
}

// From the place in the block to that in the input.
void Run::place(const Block &block, ipc::FaultReport *report) {
  if (report->located) report->line = lines_.number(block, report->line).value_or(0);
}

// How many more lines may be kept of this input.
uint64_t Run::lines_wanted(const InputCount &input) const {
  const uint64_t of_run = spec_.limit > 0 ? spec_.limit - kept_ : UINT64_MAX;
  const uint64_t of_input = spec_.input_limit > 0 ? spec_.input_limit - input.kept : UINT64_MAX;
  return std::min(of_run, of_input);
}

// Nothing that follows of this input is wanted.
void Run::skip_input(uint32_t input) {
  left_ = input;
  if (input + 1 == inputs_.size()) {
    be_satisfied();
  } else {
    source_.skip_input(input);
  }
}

// Nothing that follows is wanted: the output is complete, and other workers may stop.
void Run::be_satisfied() {
  satisfied_ = ended_ = true;
  cancel_.raise(PLUG_CANCEL_ASKED);
  source_.stop();
}

// What is behind that many kept lines of the block goes; there are more.
void Run::keep_first(Worker &worker, Slot &slot, uint64_t lines) {
  slot.kept.keep_first(slot.content, lines);
  slot.lines = lines;
  if (spec_.exporter && !exports_in_turn_) {
    export_again(worker, slot);
  } else if (slot.out.buffer().size() > slot.kept.bytes() && !spec_.exporter) {
    slot.out.buffer().truncate(slot.kept.bytes());
  }
}

// Writes what there is of the block. `has_all`: no more lines are wanted of this input, but those around kept ones.
void Run::write(Worker &worker, Slot &slot, bool has_all) {
  const Block &block = slot.content.block;
  if (exports_in_turn_) {
    lines_before_ += block.skipped;
    slot.content.first_number = lines_before_ + 1;
    if (spec_.exporter->numbers()) lines_before_ += slot.numbers.total();
    exporter_->write(slot.content, cancel_.context(0), slot.kept, &slot.out, &slot.counts.back());
    ensure_locale(spec_.exporter->plugin, slot.content);
  }
  if (printer_) {
    if (spec_.print.shows_spans()) use_worker_for_spans(worker, slot);
    printer_->print(slot.content, slot.kept, source_.name(block.input), slot.numbers, slot.around, &slot.out.buffer(),
                    *spec_.output);
    has_all = printer_->has_all_of_input() || (has_all && !printer_->owes_lines());
  }
  if (has_all) {
    if (spec_.limit > 0 && kept_ + slot.lines == spec_.limit) be_satisfied();
    if (!satisfied_) skip_input(block.input);
  }
  if (!spec_.output) return;
  if (slot.in_place && slot.kept.bytes() > 0) {
    std::vector<OutputPiece> pieces;
    pieces.reserve(slot.kept.ranges().size() + 1);
    for (const Range &range : slot.kept.ranges()) {
      const auto bytes = bytes_of(slot.content, range);
      pieces.push_back({bytes.data(), bytes.size()});
    }
    static constexpr uint8_t newline = '\n';
    if (bytes_of(slot.content, slot.kept.ranges().back()).back() != '\n') pieces.push_back({&newline, 1});
    spec_.output->put_in_place(pieces);
  } else {
    spec_.output->put(slot.out.buffer());
  }
  if (block.live) spec_.output->flush();
}

}  // namespace plughost
