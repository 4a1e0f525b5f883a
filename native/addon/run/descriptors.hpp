// Operations on open descriptors that Node does not have. See writeNow in src/addon/exports.ts.
#pragma once

#include <napi.h>

namespace plughost::addon {

void define_descriptors(Napi::Env env, Napi::Object exports);

}  // namespace plughost::addon
