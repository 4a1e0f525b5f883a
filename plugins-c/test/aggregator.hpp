// Folds rows with an aggregator like a host.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plugin.hpp"

namespace test {

// A value of a column. Which member counts is what the aggregator asks for.
struct Value {
  double real = 0;
  int64_t integer = 0;
  std::string text;
};

struct Row {
  std::vector<std::optional<Value>> values;  // of the columns that the aggregator asks for
  uint32_t group = 0;
};

class Aggregator {
 public:
  explicit Aggregator(const std::string &name, std::string_view config = "{}") : plugin_(name) {
    plugin_.configured(config);
    calls_ = plugin_.extension<plug_aggregator>(PLUG_AGGREGATOR);
    require(calls_, name + " is no aggregator");
    for (plug_field field{}; calls_->column(plugin_.get(), uint32_t(columns_.size()), &field) == 1;)
      columns_.push_back(field);
    for (plug_field field{}; calls_->output(plugin_.get(), uint32_t(outputs_.size()), &field) == 1;)
      outputs_.push_back(field);
    require(!outputs_.empty(), name + " has no result");
  }

  const plug_plugin *plugin() const { return plugin_.get(); }
  const plug_aggregator &calls() const { return *calls_; }
  const std::vector<plug_field> &columns() const { return columns_; }
  const std::vector<plug_field> &outputs() const { return outputs_; }

 private:
  Plugin plugin_;
  const plug_aggregator *calls_;
  std::vector<plug_field> columns_;
  std::vector<plug_field> outputs_;
};

class Groups {
 public:
  explicit Groups(const Aggregator &of) : of_(of) {
    Error error;
    state_ = of.calls().state_new(of.plugin(), &error);
    require(state_, "no state: " + error.text());
  }
  Groups(const Groups &) = delete;
  Groups &operator=(const Groups &) = delete;
  ~Groups() { of_.calls().state_free(of_.plugin(), state_); }

  // Adds rows in one call. Their groups are less than `groups`.
  void update(const std::vector<Row> &rows, uint32_t groups) {
    const size_t words = (rows.size() + 63) / 64;
    std::vector<std::vector<plug_cell>> cells(of_.columns().size(), std::vector<plug_cell>(rows.size()));
    std::vector<std::vector<uint64_t>> valid(of_.columns().size(), std::vector<uint64_t>(words));
    std::vector<plug_column> columns;
    std::vector<uint32_t> group;
    std::string made;
    for (size_t i = 0; i < cells.size(); i++) columns.push_back({cells[i].data(), valid[i].data()});
    for (size_t row = 0; row < rows.size(); row++) {
      group.push_back(rows[row].group);
      for (size_t i = 0; i < cells.size(); i++) {
        if (!rows[row].values.at(i)) continue;
        const Value &value = *rows[row].values[i];
        plug_cell cell{};
        if (of_.columns()[i].type == PLUG_TEXT) {
          cell.text = {uint32_t(made.size()), uint32_t(value.text.size())};
          made += value.text;
        } else if (of_.columns()[i].type == PLUG_REAL) {
          cell.real = value.real;
        } else {
          cell.integer = value.integer;
        }
        plug_set_value(&columns[i], uint32_t(row), cell);
      }
    }
    const std::vector<char> exact(made.begin(), made.end());
    plug_rows all{};
    all.size = sizeof all;
    all.count = uint32_t(rows.size());
    all.columns = columns.data();
    all.made = bytes_of({exact.data(), exact.size()});
    Context ctx;
    Error error;
    const int32_t status = of_.calls().update(of_.plugin(), state_, &ctx, &all, group.data(), groups, &error);
    require(status == PLUG_OK, "update failed: " + error.text());
  }

  std::string bytes(uint32_t group) const {
    Sink sink;
    Error error;
    require(of_.calls().serialize(of_.plugin(), state_, group, &sink, &error) == PLUG_OK, error.text());
    return sink.take();
  }

  int32_t merge(uint32_t group, std::string_view bytes, Error *error) {
    const std::vector<char> exact(bytes.begin(), bytes.end());
    return of_.calls().merge(of_.plugin(), state_, group, bytes_of({exact.data(), exact.size()}), error);
  }

  void merge(uint32_t group, std::string_view bytes) {
    Error error;
    require(merge(group, bytes, &error) == PLUG_OK, "merge failed: " + error.text());
  }

  // Returns the results of groups as text: null, a number, or the text itself.
  std::vector<std::vector<std::string>> results(uint32_t first, uint32_t count) const {
    std::vector<std::vector<std::string>> rows;
    Error error;
    require(finish(first, count, &rows, &error) == PLUG_OK, "finish failed: " + error.text());
    return rows;
  }

  std::vector<std::string> result(uint32_t group = 0) const { return results(group, 1)[0]; }

  int32_t finish(uint32_t first, uint32_t count, std::vector<std::vector<std::string>> *rows, Error *error) const {
    const auto &outputs = of_.outputs();
    std::vector<std::vector<plug_cell>> cells(outputs.size(), std::vector<plug_cell>(count));
    std::vector<std::vector<uint64_t>> valid(outputs.size(), std::vector<uint64_t>((count + 63) / 64));
    std::vector<plug_column> columns;
    for (size_t i = 0; i < outputs.size(); i++) columns.push_back({cells[i].data(), valid[i].data()});
    Context ctx;
    Sink made;
    const int32_t status = of_.calls().finish(of_.plugin(), state_, &ctx, first, count, columns.data(), &made, error);
    if (status != PLUG_OK) return status;
    const std::string text = made.take();
    for (uint32_t row = 0; row < count; row++) {
      auto &result = rows->emplace_back();
      for (size_t i = 0; i < outputs.size(); i++)
        result.push_back(plug_has_value(&columns[i], row) ? shown(outputs[i].type, cells[i][row], text) : "null");
    }
    return PLUG_OK;
  }

  uint64_t memory() const { return of_.calls().memory(of_.plugin(), state_); }

 private:
  static std::string shown(uint32_t type, plug_cell cell, const std::string &text) {
    if (type == PLUG_TEXT) return text.substr(cell.text.offset, cell.text.length);
    char number[64];
    if (type == PLUG_REAL)
      snprintf(number, sizeof number, "%.17g", cell.real);
    else
      snprintf(number, sizeof number, "%lld", static_cast<long long>(cell.integer));
    return number;
  }

  const Aggregator &of_;
  void *state_;
};

}  // namespace test
