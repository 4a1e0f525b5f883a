// Gives the columns of a parser by the types that readers ask for, where the parser has them by its own types alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/plugin/sink.hpp"
#include "engine/rows/row_batch.hpp"
#include "engine/rows/schema.hpp"

namespace plughost {

class Conversions {
 public:
  // `own` are the columns that the parser lists. Returns nothing if none of them is wanted by another type, or one by a
  // type that its values cannot have: integers, reals, booleans and text become each other, and times become text.
  static std::optional<std::vector<Field>> fields_to_ask(const std::vector<Field> &own, const Schema &wanted);

  // Returns what stands in the way: the first column that is wanted by a type that its values cannot have. Empty: none.
  static std::string impossible(const std::vector<Field> &own, const Schema &wanted);

  // `given` are the columns that the parser gives instead of the wanted ones: fields_to_ask().
  Conversions(std::vector<Field> given, const Schema &wanted) : given_(std::move(given)), wanted_(wanted) {}

  const Schema &given() const { return given_; }

  // Turns the cells of a parser into those that are wanted. The caller has checked the cells. A value that cannot be
  // converted becomes null: the text "x" is no integer. New texts are appended to *made. Throws std::bad_alloc.
  void apply(const plug_lines &lines, Cells *cells, MemorySink *made) const;

 private:
  const Schema given_;
  const Schema &wanted_;
};

}  // namespace plughost
