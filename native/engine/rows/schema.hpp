// Columns by name and type.
#pragma once

#include <plughost/columns.h>

#include <string>
#include <utility>
#include <vector>

namespace plughost {

// A column that somebody reads. Two fields that are equal are one column.
struct Field {
  std::string name;
  uint32_t type = PLUG_ANY;  // PLUG_TEXT, …

  bool operator==(const Field &) const = default;
};

// Owns what a plug_schema points to. It does not move, so the pointers stay valid.
class Schema {
 public:
  explicit Schema(std::vector<Field> fields) : fields_(std::move(fields)) {
    described_.reserve(fields_.size());
    for (const Field &field : fields_) {
      described_.push_back({sizeof(plug_field), field.type, field.name.c_str(), nullptr});
      pointers_.push_back(&described_.back());
    }
    schema_ = {sizeof(plug_schema), static_cast<uint32_t>(fields_.size()), pointers_.data()};
  }
  Schema(const Schema &) = delete;
  Schema &operator=(const Schema &) = delete;

  const plug_schema &get() const { return schema_; }
  const std::vector<Field> &fields() const { return fields_; }
  size_t size() const { return fields_.size(); }

 private:
  const std::vector<Field> fields_;
  std::vector<plug_field> described_;
  std::vector<const plug_field *> pointers_;
  plug_schema schema_{};
};

}  // namespace plughost
