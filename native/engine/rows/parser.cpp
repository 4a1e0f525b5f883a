#include "engine/rows/parser.hpp"

#include <optional>

#include "engine/lines/line_batches.hpp"
#include "engine/plugin/crash_report.hpp"
#include "engine/rows/check_cells.hpp"
#include "engine/rows/fields.hpp"
#include "engine/rows/reading/conversions.hpp"
#include "engine/stages/stage_of.hpp"

namespace plughost {
namespace {

class DirectParserWorker : public ParserWorker {
 public:
  DirectParserWorker(const DirectParser &parser, const Schema &wanted) : parser_(parser), wanted_(wanted) {
    CallError error;
    int32_t status = want(wanted, &error);
    // A parser may know its columns by their own types alone.
    if (status == PLUG_ERROR_CONFIG) {
      const std::vector<Field> own = parser.fields();
      if (auto asked = Conversions::fields_to_ask(own, wanted)) {
        conversions_.emplace(std::move(*asked), wanted);
        error = CallError();
        status = want(conversions_->given(), &error);
      } else {
        error.add(Conversions::impossible(own, wanted));
      }
    }
    if (status < 0) error.raise(parser.plugin, "want", status);
    if (status > 0) raise_contract(parser.plugin, "want", no_such_status(status));
  }

  void parse(Content &content, const plug_ctx &ctx, const plug_lines &lines, uint32_t text, Cells *cells,
             Verdicts verdicts, MemorySink *made) override {
    throw_if_broken(parser_.plugin, "parse");
    CallError error;
    const int32_t status = call_parse(content, ctx, lines, cells, verdicts, made, &error);
    throw_if_refused(parser_.plugin, "parse", *made);
    if (status < 0) error.raise(parser_.plugin, "parse", status, content, whole_text(lines, text));
    if (status > 0) raise_contract(parser_.plugin, "parse", no_such_status(status), content);
    const Schema &given = conversions_ ? conversions_->given() : wanted_;
    if (const char *rule = broken_rule_of_rows(lines, given, cells, verdicts, made->buffer().size()))
      raise_contract(parser_.plugin, "parse", rule, content);
    if (!conversions_) return;
    conversions_->apply(lines, cells, made);
    throw_if_refused(parser_.plugin, "parse", *made);
  }

 private:
  int32_t call_parse(const Content &content, const plug_ctx &ctx, const plug_lines &lines, Cells *cells,
                     Verdicts verdicts, MemorySink *made, CallError *error) {
    const PluginCallScope scope(parser_.plugin.label.c_str(), "parse", static_cast<int64_t>(content.block.offset));
    return parser_.calls.parse(parser_.plugin.instance, state_->get(), &ctx, &lines, cells->columns(),
                               verdicts.fits.data(), verdicts.skipped.data(), made->address(), error->address());
  }

  // Tells a new state which columns are wanted. Returns the status of the plugin.
  int32_t want(const Schema &columns, CallError *error) {
    state_.emplace(parser_.plugin, parser_.calls);
    const PluginCallScope scope(parser_.plugin.label.c_str(), "want");
    return parser_.calls.want(parser_.plugin.instance, state_->get(), &columns.get(), error->address());
  }

  const DirectParser &parser_;
  const Schema &wanted_;
  std::optional<Conversions> conversions_;
  std::optional<WorkerState> state_;  // ends before what it may know
};

}  // namespace

std::vector<Field> DirectParser::fields() const {
  if (!calls.field) return {};
  return read_unique_fields(
      plugin, "field", [&](uint32_t index, plug_field *field) { return calls.field(plugin.instance, index, field); });
}

std::unique_ptr<ParserWorker> DirectParser::worker(const Schema &wanted) const {
  return std::make_unique<DirectParserWorker>(*this, wanted);
}

std::unique_ptr<Parser> stage_of(StagePlugin plugin, const plug_parser &calls, const StageOptions &) {
  return std::make_unique<DirectParser>(std::move(plugin), calls);
}

}  // namespace plughost
