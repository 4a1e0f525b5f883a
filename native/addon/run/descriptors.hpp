// What Node cannot do with open descriptors. See writeNow and nameFile in src/addon.ts.
#pragma once

#include <napi.h>

namespace plughost::addon {

void define_descriptors(Napi::Env env, Napi::Object exports);

}  // namespace plughost::addon
