#include "engine/output/print/json_printer.hpp"

#include <cstdio>

#include "engine/output/print/json_text.hpp"
#include "engine/plugin/context.hpp"

namespace plughost {
namespace {

void put_field(std::string_view name, uint64_t number, ByteBuffer *out) {
  out->put(name);
  out->put_number(number);
}

// Appends a time in ripgrep's format for people: "0.012345s".
void put_human(uint64_t ns, ByteBuffer *out) {
  char text[40];
  const auto length = std::snprintf(text, sizeof text, "\"%.6fs\"", static_cast<double>(ns) / 1e9);
  out->put({text, static_cast<size_t>(length)});
}

}  // namespace

JsonPrinter::Stats &JsonPrinter::Stats::operator+=(const Stats &other) {
  elapsed_ns += other.elapsed_ns;
  searches += other.searches;
  with_match += other.with_match;
  bytes_searched += other.bytes_searched;
  bytes_printed += other.bytes_printed;
  lines += other.lines;
  matches += other.matches;
  return *this;
}

void JsonPrinter::begin_input(const Block &first, const std::string &name, ByteBuffer *out) {
  end_input(out);
  name_ = name;
  mark_ = first.mark;
  began_ns_ = now_ns();
  stats_ = {};
}

void JsonPrinter::put(const Line &line, const std::string &name, ByteBuffer *out) {
  const uint64_t before = written(*out);
  if (!begun_) {
    begun_ = true;
    out->put(R"({"type":"begin","data":{"path":)");
    put_json_bytes(name, out);
    out->put("}}\n");
  }
  out->put(line.kept ? R"({"type":"match","data":{"path":)" : R"({"type":"context","data":{"path":)");
  put_json_bytes(name, out);
  out->put(R"(,"lines":)");
  put_json_bytes(line.bytes, out);
  put_field(R"(,"line_number":)", line.number, out);
  put_field(R"(,"absolute_offset":)", line.offset - mark_, out);
  out->put(R"(,"submatches":[)");
  const uint64_t matches = put_submatches(line, out);
  out->put("]}}\n");
  stats_.bytes_printed += written(*out) - before;
  if (!line.kept) return;
  stats_.lines++;
  stats_.matches += matches;
}

// Appends the spans of a line as `submatches`. Returns their number.
uint64_t JsonPrinter::put_submatches(const Line &line, ByteBuffer *out) {
  auto spans = line.spans;
  // ripgrep omits an empty match at the end of a last line that has no newline.
  if (!spans.empty() && spans.back().offset == line.bytes.size()) spans = spans.first(spans.size() - 1);
  for (size_t i = 0; i < spans.size(); i++) {
    const plug_span span = spans[i];
    out->put(i == 0 ? R"({"match":)" : R"(,{"match":)");
    put_json_bytes(line.bytes.substr(span.offset, span.length), out);
    put_field(R"(,"start":)", span.offset, out);
    put_field(R"(,"end":)", uint64_t{span.offset} + span.length, out);
    out->put("}");
    spill(out);
  }
  return spans.size();
}

void JsonPrinter::end_block(const Content &content, const Selection &) {
  stats_.bytes_searched += content.block.size();
}

void JsonPrinter::end_input(ByteBuffer *out) {
  if (!begun_) return;
  begun_ = false;
  stats_.elapsed_ns = now_ns() - began_ns_;
  stats_.searches = 1;
  stats_.with_match = stats_.lines > 0;
  all_ += stats_;
  out->put(R"({"type":"end","data":{"path":)");
  put_json_bytes(name_, out);
  put_field(R"(,"binary_offset":null,"stats":{"elapsed":{"secs":)", stats_.elapsed_ns / 1'000'000'000, out);
  put_field(R"(,"nanos":)", stats_.elapsed_ns % 1'000'000'000, out);
  out->put(R"(,"human":)");
  put_human(stats_.elapsed_ns, out);
  put_field(R"(},"searches":)", stats_.searches, out);
  put_field(R"(,"searches_with_match":)", stats_.with_match, out);
  put_field(R"(,"bytes_searched":)", stats_.bytes_searched, out);
  put_field(R"(,"bytes_printed":)", stats_.bytes_printed, out);
  put_field(R"(,"matched_lines":)", stats_.lines, out);
  put_field(R"(,"matches":)", stats_.matches, out);
  out->put("}}}\n");
}

void JsonPrinter::end(uint64_t elapsed_ns, ByteBuffer *out) {
  end_input(out);
  out->put(R"({"data":{"elapsed_total":{"human":)");
  put_human(elapsed_ns, out);
  put_field(R"(,"nanos":)", elapsed_ns % 1'000'000'000, out);
  put_field(R"(,"secs":)", elapsed_ns / 1'000'000'000, out);
  put_field(R"(},"stats":{"bytes_printed":)", all_.bytes_printed, out);
  put_field(R"(,"bytes_searched":)", all_.bytes_searched, out);
  out->put(R"(,"elapsed":{"human":)");
  put_human(all_.elapsed_ns, out);
  put_field(R"(,"nanos":)", all_.elapsed_ns % 1'000'000'000, out);
  put_field(R"(,"secs":)", all_.elapsed_ns / 1'000'000'000, out);
  put_field(R"(},"matched_lines":)", all_.lines, out);
  put_field(R"(,"matches":)", all_.matches, out);
  put_field(R"(,"searches":)", all_.searches, out);
  put_field(R"(,"searches_with_match":)", all_.with_match, out);
  out->put("}},\"type\":\"summary\"}\n");
}

}  // namespace plughost
