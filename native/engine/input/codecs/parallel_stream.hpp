// Decodes a compressed stream, with its members in parallel where that is possible.
#pragma once

#include <memory>

#include "engine/input/byte_stream.hpp"
#include "engine/input/codecs/format.hpp"
#include "engine/input/codecs/members_ahead.hpp"
#include "os/thread/stop_signal.hpp"

namespace plughost {

// Returns a stream of the decoded bytes, with the same bytes and failures whatever the number of threads. Several
// threads need a stream of a file, and a file of several members, of which those at the beginning are not tiny. Throws
// StreamFailed when there is no codec for the format.
std::unique_ptr<ByteStream> decode(std::unique_ptr<ByteStream> stored, const Format &format,
                                   std::shared_ptr<const StopSignal> stop, AheadOptions options);

}  // namespace plughost
