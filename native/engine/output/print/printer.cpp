#include "engine/output/print/printer.hpp"

#include "engine/output/print/colors.hpp"
#include "engine/output/print/json_printer.hpp"
#include "engine/output/print/labelled_printer.hpp"

namespace plughost {
namespace {

// Prints the name of each input that has a kept line.
class NamesPrinter : public Printer {
 public:
  NamesPrinter(bool color, bool nul) : color_(color), end_(nul ? '\0' : '\n') {}

  void print(const Content &content, const Selection &kept, const std::string &name, const LineNumbers &,
             const ContextLines &, ByteBuffer *out, Output &) override {
    is_done_ = kept.bytes() > 0 || (is_done_ && content.block.input == input_);
    input_ = content.block.input;
    if (kept.bytes() == 0) return;
    put_in_color(color_, color::kName, name, out);
    out->put({&end_, 1});
  }
  bool is_done_with_input() const override { return is_done_; }

 private:
  const bool color_;
  const char end_;
  uint32_t input_ = 0;
  bool is_done_ = false;
};

}  // namespace

std::unique_ptr<Printer> make_printer(const PrintSpec &spec, const SpanFinder &finder) {
  if (spec.form == PrintSpec::Form::names) return std::make_unique<NamesPrinter>(spec.color, spec.nul);
  if (spec.form == PrintSpec::Form::json) return std::make_unique<JsonPrinter>(spec, finder);
  if (spec.plain()) return nullptr;
  return std::make_unique<LabelledPrinter>(spec, finder);
}

}  // namespace plughost
