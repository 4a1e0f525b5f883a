// The interface of printers, which write kept lines when the run has no exporter.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/named_enum.hpp"
#include "engine/lines/content.hpp"
#include "engine/lines/line_numbers.hpp"
#include "engine/lines/selection.hpp"
#include "engine/output/output.hpp"
#include "engine/output/print/context_lines.hpp"
#include "engine/plugin/sink.hpp"
#include "engine/stages/span_finder.hpp"

namespace plughost {

// What is printed: lines, the names of inputs that have kept lines, or JSON Lines.
PLUGHOST_NAMED_ENUM(PrintForm, lines, names, json)

struct PrintSpec {
  // `names` prints only the names of inputs that have a kept line.
  using Form = PrintForm;

  Form form = Form::lines;
  bool names = false;    // print the input's name before each line
  bool numbers = false;  // print the line number before each line
  bool nul = false;      // end the name with a NUL byte instead of a separator or newline
  bool color = false;    // colour labels and the spans of filters
  uint32_t before = 0;   // context lines before each kept line
  uint32_t after = 0;    // context lines after each kept line

  // Returns whether kept lines are written unchanged, so that no printer is needed.
  bool plain() const { return form == Form::lines && !names && !numbers && !color && !context(); }
  bool context() const { return before > 0 || after > 0; }
  // Returns whether line numbers are needed.
  bool numbered() const { return numbers || context() || form == Form::json; }
  // Returns whether spans are shown.
  bool shows_spans() const { return color || form == Form::json; }
};

// Gets the blocks in order, from one thread at a time. The calls throw std::bad_alloc.
class Printer {
 public:
  virtual ~Printer() = default;
  // Appends the lines of the next block to *out. When *out becomes large, puts it into `output` and empties it.
  // `numbers` are filled in if PrintSpec::numbered(), and `around` if PrintSpec::context(). Also throws what
  // Output::put() throws.
  virtual void print(const Content &content, const Selection &kept, const std::string &name, const LineNumbers &numbers,
                     const ContextLines &context, ByteBuffer *out, Output &output) = 0;
  // Returns whether context lines after the last kept line are still to come.
  virtual bool owes_context() const { return false; }
  // Returns whether the printer needs no more lines of the current input.
  virtual bool is_done_with_input() const { return false; }
  // Appends what comes after the last block. `elapsed_ns` is the time of the run.
  virtual void end(uint64_t /*elapsed_ns*/, ByteBuffer *) {}
};

// Returns the printer for `spec`, or null when spec.plain(). The finder must outlive it.
std::unique_ptr<Printer> make_printer(const PrintSpec &spec, const SpanFinder &finder);

}  // namespace plughost
