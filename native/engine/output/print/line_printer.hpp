// The base of printers that show lines: kept lines and context lines.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/lines/line_batches.hpp"
#include "engine/output/print/printer.hpp"

namespace plughost {

// Decides which lines to show, in which order and with which number. Subclasses write them.
class LinePrinter : public Printer {
 public:
  LinePrinter(const PrintSpec &spec, const SpanFinder &finder);

  void print(const Content &content, const Selection &kept, const std::string &name, const LineNumbers &numbers,
             const ContextLines &context, ByteBuffer *out, Output &output) final;
  bool owes_context() const final { return context_owed_ > 0; }

 protected:
  struct Line {
    std::string_view bytes;                 // with its newline, if it has one
    uint64_t number;                        // in its input, from 1
    uint64_t offset;                        // in its input
    bool kept;                              // false: a context line
    std::span<const plug_span> spans = {};  // what filters matched in it
  };

  // Called before the first line of each input.
  virtual void begin_input(const Block &first, const std::string &name, ByteBuffer *out) = 0;
  // Writes one line.
  virtual void put(const Line &line, const std::string &name, ByteBuffer *out) = 0;
  // Called when lines are left out between the last line and the next.
  virtual void put_gap(ByteBuffer *) {}
  // Called after the lines of each block.
  virtual void end_block(const Content &, const Selection &) {}
  // Moves *out to the output when it is large. Subclasses may call it in the middle of a line.
  void spill(ByteBuffer *out);
  // Returns the bytes that were written for this block so far.
  uint64_t written(const ByteBuffer &out) const { return spilled_ + out.size(); }

  const PrintSpec spec_;

 private:
  // A line of an earlier block that may become a context line before a kept line.
  struct Earlier {
    std::string text;  // what to show: no line, one or several
    uint64_t number;
    uint64_t from;  // offset in its input
    uint64_t to;    // offset of the next line
    std::vector<plug_span> spans;
  };

  // The block that print() shows, and where to.
  struct Current {
    const Block &block;
    const ContextLines &context;
    const std::string &name;
    ByteBuffer *out;
  };

  void begin_block(const Current &current);
  void separate(uint64_t from, uint64_t to, ByteBuffer *out);
  void show(const Current &current, std::string_view text, std::span<const plug_span> spans, uint64_t number,
            uint64_t from, uint64_t to);
  void show_context(const Current &current, size_t begin, size_t end, uint64_t number);
  size_t show_context_after(const Current &current, size_t at, size_t end, uint64_t number);
  void show_context_before(const Current &current, size_t at, size_t kept_at, uint64_t number);
  void remember(const Current &current, size_t at, uint64_t number);
  std::span<const plug_span> context_spans(const Block &block, size_t begin, size_t end, std::string_view text);

  const SpanFinder &finder_;
  const bool marks_kept_;     // show spans in kept lines
  const bool marks_context_;  // show spans in context lines
  LineBatches batches_;
  MergedSpans spans_;
  MergedSpans context_spans_;
  Output *output_ = nullptr;
  uint64_t spilled_ = 0;  // bytes of this block that spill() moved
  std::optional<uint32_t> input_;
  uint64_t lines_before_ = 0;           // lines of the input in earlier blocks
  uint32_t context_owed_ = 0;           // context lines to show after the last kept line
  std::deque<Earlier> earlier_;         // the last lines of earlier blocks, if not shown
  std::optional<uint64_t> shown_from_;  // offset of the last line that was shown in this input
  std::optional<uint64_t> shown_to_;    // offset of the line after it
  bool any_shown_ = false;              // in any input
};

}  // namespace plughost
