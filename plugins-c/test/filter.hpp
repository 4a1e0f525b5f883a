// Runs a filter through each of its calls like the engine does, and checks the rules of the contract.
#pragma once

#include <cstring>
#include <random>

#include "plugin.hpp"

namespace test {

class Filter {
 public:
  Filter(const std::string &name, std::string_view config) : plugin_(name) {
    plugin_.configured(config);
    filter_ = plugin_.extension<plug_filter>(PLUG_FILTER);
    require(filter_ && filter_->match && filter_->match_batch && filter_->scan, "not all shapes are offered");
    if (!filter_->state_new) return;
    Error error;
    state_ = filter_->state_new(plugin_.get(), &error);
    require(state_, error.text());
  }
  Filter(const Filter &) = delete;
  Filter &operator=(const Filter &) = delete;
  ~Filter() {
    if (state_) filter_->state_free(plugin_.get(), state_);
  }

  // Returns the lines that each call keeps, as one character for each line.
  std::string by_match(const uint8_t *data, const std::vector<plug_span> &lines) const {
    std::string kept;
    for (const plug_span line : lines) {
      const int32_t answer = filter_->match(plugin_.get(), state_, data + line.offset, line.length);
      require(answer == 0 || answer == 1, "match answered neither 0 nor 1");
      kept += answer ? 'x' : '.';
    }
    return kept;
  }

  std::string by_batch(const uint8_t *data, size_t size, const std::vector<plug_span> &lines) const {
    if (lines.empty()) return "";
    std::vector<uint64_t> bits((lines.size() + 63) / 64);
    const plug_lines batch = batch_of({data, size}, lines.data(), lines.size());
    Context ctx;
    Error error;
    require(filter_->match_batch(plugin_.get(), state_, &ctx, &batch, bits.data(), &error) == PLUG_OK, error.text());
    std::string kept;
    for (size_t i = 0; i < lines.size(); i++) kept += bits[i / 64] >> i % 64 & 1 ? 'x' : '.';
    for (size_t i = lines.size(); i < bits.size() * 64; i++)
      require(!(bits[i / 64] >> i % 64 & 1), "a bit is set for a line that is not there");
    return kept;
  }

  std::string by_scan(const uint8_t *data, size_t size, const std::vector<plug_span> &lines, uint32_t cap) const {
    std::string kept(lines.size(), '.');
    std::vector<plug_span> spans(cap);
    uint64_t cursor = 0;
    size_t line = 0;
    while (cursor < size) {
      const uint64_t before = cursor;
      Context ctx;
      Error error;
      const int64_t count =
          filter_->scan(plugin_.get(), state_, &ctx, {data, size}, &cursor, spans.data(), cap, &error);
      require(count >= 0 && count <= cap, "scan returned " + std::to_string(count));
      require(cursor > before && cursor <= size, "the cursor went from " + std::to_string(before) + " to " +
                                                     std::to_string(cursor) + " of " + std::to_string(size));
      require(cursor == size || data[cursor - 1] == '\n', "the cursor is inside a line");
      for (int64_t i = 0; i < count; i++) {
        const plug_span span = spans[static_cast<size_t>(i)];
        require(span.offset >= before && span.offset + span.length <= cursor, "a span is outside of what was decided");
        while (line < lines.size() && lines[line].offset < span.offset) line++;
        require(line < lines.size() && lines[line].offset == span.offset && lines[line].length == span.length,
                "a span is not one line");
        require(kept[line] == '.', "a line was given twice");
        kept[line] = 'x';
      }
    }
    return kept;
  }

  // Returns the spans of a line that match, as offset:length.
  std::string spans(const uint8_t *data, size_t size) const {
    std::vector<plug_span> spans;
    const auto write = [](plug_sink *sink, const void *bytes, uint64_t length) -> int32_t {
      require(length == sizeof(plug_span), "a span is written in parts");
      static_cast<std::vector<plug_span> *>(sink->self)->emplace_back();
      std::memcpy(&static_cast<std::vector<plug_span> *>(sink->self)->back(), bytes, sizeof(plug_span));
      return PLUG_OK;
    };
    plug_sink sink{sizeof(plug_sink), 0, &spans, write, nullptr, nullptr};
    Context ctx;
    Error error;
    require(filter_->spans(plugin_.get(), state_, &ctx, {data, size}, &sink, &error) == PLUG_OK, error.text());
    std::string text;
    size_t least = 0, least_empty = 0;
    for (const plug_span span : spans) {
      const size_t end = size_t{span.offset} + span.length;
      require(end <= size && span.offset >= (span.length > 0 ? least : least_empty), "a span is out of place");
      least = span.length > 0 ? end : end + 1;
      least_empty = end + 1;
      text += std::to_string(span.offset) + ":" + std::to_string(span.length) + " ";
    }
    return text;
  }

 private:
  Plugin plugin_;
  const plug_filter *filter_;
  void *state_ = nullptr;
};

// Returns hostile data: few different bytes, so that texts nearly match, with NUL, CR, invalid UTF-8 and both cases.
class Hostile {
 public:
  explicit Hostile(uint32_t seed) : random_(seed) {}

  size_t below(size_t limit) { return std::uniform_int_distribution<size_t>(0, limit - 1)(random_); }

  std::string bytes(size_t length, std::string_view alphabet) {
    std::string text;
    for (size_t i = 0; i < length; i++) text += alphabet[below(alphabet.size())];
    return text;
  }

 private:
  std::mt19937 random_;
};

}  // namespace test
