// Kept lines as people and other programs want to see them, where no exporter does it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/named_enum.hpp"
#include "engine/lines/content.hpp"
#include "engine/lines/line_numbers.hpp"
#include "engine/lines/selection.hpp"
#include "engine/output/context_lines.hpp"
#include "engine/output/output.hpp"
#include "engine/plugin/sink.hpp"
#include "engine/stages/span_finder.hpp"

namespace plughost {

// What is printed: lines, the names of inputs that have kept lines, or JSON Lines.
PLUGHOST_NAMED_ENUM(PrintForm, lines, names, json)

struct PrintSpec {
  // Lines; the names of inputs that have a kept line; JSON Lines.
  using Form = PrintForm;

  Form form = Form::lines;
  bool names = false;    // of the input, before each line
  bool numbers = false;  // of the line in its input, before it
  bool nul = false;      // behind the name, instead of what else stands there
  bool color = false;    // of lines: their labels, and where in them filters find what they look for
  uint32_t before = 0;   // lines to show before each kept one
  uint32_t after = 0;    // and behind it

  // Whether kept lines go out just as they are.
  bool plain() const { return form == Form::lines && !names && !numbers && !color && !context(); }
  bool context() const { return before > 0 || after > 0; }
  bool numbered() const { return numbers || context() || form == Form::json; }
  // Whether places in lines are shown.
  bool shows_spans() const { return color || form == Form::json; }
};

// Gets the blocks in order. Not for use by several threads. Throws std::bad_alloc.
class Printer {
 public:
  virtual ~Printer() = default;
  // Appends what there is to show of the next block; of much of it `output` is given a part. `numbers` are those of the
  // kept lines when PrintSpec::numbered, `around` has the lines around them when PrintSpec::context. Throws
  // OutputFailed too.
  virtual void print(const Content &content, const Selection &kept, const std::string &name, const LineNumbers &numbers,
                     const ContextLines &around, ByteBuffer *out, Output &output) = 0;
  // Whether lines are still to be shown behind the last kept one.
  virtual bool owes_lines() const { return false; }
  // Whether nothing more of the current input is to be shown, whatever it has.
  virtual bool has_all_of_input() const { return false; }
  // Appends what comes behind the last block of a run that has taken so long.
  virtual void end(uint64_t, ByteBuffer *) {}
};

// Null when lines go out just as they are. The finder must outlive the printer.
std::unique_ptr<Printer> make_printer(const PrintSpec &spec, const SpanFinder &finder);

}  // namespace plughost
