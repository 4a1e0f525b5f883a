#include "addon/values/object_reader.hpp"

#include <cmath>
#include <utility>

namespace plughost::addon {
namespace {

Napi::Object object_of(const Napi::Value &value, const std::string &path) {
  if (value.IsObject()) return value.As<Napi::Object>();
  throw Napi::TypeError::New(value.Env(), path + ": an object is needed");
}

}  // namespace

ObjectReader::ObjectReader(const Napi::Value &value, std::string path)
    : object_(object_of(value, path)), path_(std::move(path)) {}

bool ObjectReader::flag(const char *name) const {
  const auto value = object_.Get(name);
  if (!value.IsBoolean()) refuse(name, "true or false");
  return value.As<Napi::Boolean>();
}

std::string ObjectReader::text(const char *name) const {
  const auto value = object_.Get(name);
  if (!value.IsString()) refuse(name, "a string");
  return value.As<Napi::String>().Utf8Value();
}

double ObjectReader::number(const char *name, double most) const {
  const auto value = object_.Get(name);
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (!(number >= 0 && number <= most)) refuse(name, "a number in its range");
  return number;
}

uint64_t ObjectReader::whole(const char *name, double most) const {
  const double number = this->number(name, most);
  if (number != std::floor(number)) refuse(name, "a whole number");
  return static_cast<uint64_t>(number);
}

ObjectReader ObjectReader::object(const char *name) const { return {object_.Get(name), path_of(name)}; }

std::vector<std::string> ObjectReader::texts(const char *name) const {
  std::vector<std::string> texts;
  each(name, [&](const Napi::Value &value, const std::string &) {
    if (!value.IsString()) refuse(name, "an array of strings");
    texts.push_back(value.As<Napi::String>().Utf8Value());
  });
  return texts;
}

Napi::Array ObjectReader::array(const char *name) const {
  const auto value = object_.Get(name);
  if (!value.IsArray()) refuse(name, "an array");
  return value.As<Napi::Array>();
}

void ObjectReader::refuse(const char *name, const char *wanted) const {
  throw Napi::TypeError::New(env(), path_of(name) + ": " + wanted + " is needed");
}

}  // namespace plughost::addon
