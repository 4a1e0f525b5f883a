// A printer that shows lines: the kept ones, and those around them.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/lines/line_batches.hpp"
#include "engine/output/printer.hpp"

namespace plughost {

class LinePrinter : public Printer {
 public:
  LinePrinter(const PrintSpec &spec, const SpanFinder &finder);

  void print(const Content &content, const Selection &kept, const std::string &name, const LineNumbers &numbers,
             const ContextLines &around, ByteBuffer *out, Output &output) final;
  bool owes_lines() const final { return owed_ > 0; }

 protected:
  struct Line {
    std::string_view bytes;                 // with its newline, if it has one
    uint64_t number;                        // in its input, from 1
    uint64_t offset;                        // in its input
    bool kept;                              // or one around it
    std::span<const plug_span> spans = {};  // where in it filters find what they look for
  };

  // Another input begins.
  virtual void begin_input(const Block &first, const std::string &name, ByteBuffer *out) = 0;
  virtual void put(const Line &line, const std::string &name, ByteBuffer *out) = 0;
  // Lines are missing before the next one, which is not the first.
  virtual void put_gap(ByteBuffer *) {}
  // The block was shown.
  virtual void count(const Content &, const Selection &) {}
  // Gives the output what there is to show, when that is much; between parts of a line it may be called too.
  void spill(ByteBuffer *out);
  // Bytes of this block that were shown.
  uint64_t shown(const ByteBuffer &out) const { return spilled_ + out.size(); }

  const PrintSpec spec_;

 private:
  // A line of an earlier block that may be asked for as one before a kept one.
  struct Earlier {
    std::string text;  // to be shown: lines, perhaps none
    uint64_t number;
    uint64_t from;  // in its input
    uint64_t to;
    std::vector<plug_span> spans;
  };

  std::span<const plug_span> context_spans(const Block &block, size_t begin, size_t end, std::string_view text);
  void separate(uint64_t from, uint64_t to, ByteBuffer *out);
  void show(std::string_view text, std::span<const plug_span> spans, uint64_t number, uint64_t from, uint64_t to,
            const std::string &name, ByteBuffer *out);
  void show_around(const Block &block, const ContextLines &around, size_t begin, size_t end, uint64_t number,
                   const std::string &name, ByteBuffer *out);
  size_t show_owed(const Block &block, const ContextLines &around, size_t at, size_t end, uint64_t number,
                   const std::string &name, ByteBuffer *out);
  void show_before(const Block &block, const ContextLines &around, size_t at, size_t kept_at, uint64_t number,
                   const std::string &name, ByteBuffer *out);
  void remember(const Block &block, const ContextLines &around, size_t at, uint64_t number);

  const SpanFinder &finder_;
  const bool marks_kept_;    // places are shown in kept lines
  const bool marks_around_;  // and in those around them
  LineBatches batches_;
  MergedSpans spans_;
  MergedSpans context_spans_;
  Output *output_ = nullptr;
  uint64_t spilled_ = 0;  // of the block
  std::optional<uint32_t> input_;
  uint64_t before_ = 0;  // lines of the input in earlier blocks
  uint32_t owed_ = 0;
  std::deque<Earlier> earlier_;         // the last lines of earlier blocks that were not shown
  std::optional<uint64_t> shown_from_;  // the last line that was shown, in this input
  std::optional<uint64_t> shown_to_;
  bool any_ = false;  // shown in any input
};

}  // namespace plughost
