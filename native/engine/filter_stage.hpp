// A filter of a run, by the widest call that its plugin offers.
#pragma once

#include <plughost/filter.h>

#include <string>
#include <vector>

#include "selection.hpp"
#include "stage.hpp"

namespace plughost {

enum class Shape { automatic, scan, batch, line };

// One filter as the user asked for it, shared by the workers.
struct FilterStage {
  FilterStage(StagePlugin plugin, const plug_filter *filter, bool invert, Shape shape);

  StagePlugin plugin;
  plug_filter calls;
  bool invert;
  Shape shape;  // as it is used for whole blocks: never automatic
};

const char *name_of(Shape shape);

// A filter in one worker, with the state that belongs to it.
class FilterWorker {
 public:
  // Throws StageFailure when the plugin has no state to give.
  explicit FilterWorker(const FilterStage &stage);
  ~FilterWorker();
  FilterWorker(const FilterWorker &) = delete;
  FilterWorker &operator=(const FilterWorker &) = delete;

  // Puts the part of `in` that the filter keeps into *out. Throws StageFailure, StageCancelled, std::bad_alloc.
  void apply(const Block &block, const plug_ctx &ctx, Selection &in, Selection *out, StageCount *count);

 private:
  Shape shape_for(const Selection &in) const;
  void scan(const Block &block, const plug_ctx &ctx, Range range, Selection *out);
  void ask_lines(const Block &block, const plug_ctx &ctx, Range range, Shape shape, Selection *out, StageCount *count);

  const FilterStage &stage_;
  void *state_ = nullptr;
  std::vector<plug_span> spans_;
  std::vector<uint64_t> keep_;
};

}  // namespace plughost
