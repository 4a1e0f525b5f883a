// The codecs that this was built with.
#pragma once

#include <memory>

#include "codec.hpp"

namespace plughost {

// Throw std::bad_alloc.
std::unique_ptr<Codec> make_gzip_codec();
std::unique_ptr<Codec> make_zstd_codec();

}  // namespace plughost
