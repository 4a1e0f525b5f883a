#include "engine/run/thrown_failure.hpp"

#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>

#include "engine/lines/line_numbers.hpp"
#include "engine/output/output.hpp"
#include "engine/plugin/crash_report.hpp"
#include "os/file/temporary_file.hpp"
#include "os/system_failed.hpp"

namespace plughost {
namespace {

// Returns the failure of a plugin in C++ that let an exception out of a call. The engine's own exceptions inside of
// calls are of other types, or say that there is no memory.
Failure let_out(const ReportedCall &call, const char *what) {
  return {FailureKind::contract,
          call.label,
          call.operation,
          0,
          "it let an exception out: " + std::string(what, strnlen(what, PLUG_ERROR_MESSAGE_MAX)),
          call.offset};
}

}  // namespace

std::optional<Failure> failure_of_exception(const std::vector<std::unique_ptr<LineStage>> &stages,
                                            const CancelWord &cancel) {
  const auto left = take_call_left_by_exception();
  try {
    throw;
  } catch (const StageFailure &thrown) {
    return thrown.failure;
  } catch (const InvalidOrigins &thrown) {
    // Lines of text 0 are lines of the block, which always ascend. So the text is an arena.
    return Failure{FailureKind::contract, stages[thrown.text - 1]->plugin.label, "transform", 0,
                   "the origins of its lines do not ascend"};
  } catch (const StageCancelled &thrown) {
    if (cancel.reason() != PLUG_CANCEL_NONE) return std::nullopt;
    // If the engine believed the plugin, the run would end well with a part of the output missing.
    return Failure{FailureKind::contract, thrown.plugin->label, thrown.operation, PLUG_ERROR_CANCELLED,
                   "it returned CANCELLED, and nobody had cancelled"};
  } catch (const OutputFailed &thrown) {
    return Failure{FailureKind::output, "", "write", thrown.code, "", -1, true};
  } catch (const TemporaryFileFailed &thrown) {
    return Failure{FailureKind::temporary, thrown.folder, thrown.operation, thrown.code, "", -1, true};
  } catch (const SystemFailed &thrown) {
    return Failure{FailureKind::input, "", thrown.operation(), thrown.code().value(), "", -1, true};
  } catch (const std::system_error &thrown) {
    if (left) return let_out(*left, thrown.what());
    return Failure{FailureKind::input, "", "start a thread", thrown.code().value(), "", -1, true};
  } catch (const std::bad_alloc &thrown) {
    if (left) return let_out(*left, thrown.what());
    return Failure{FailureKind::input, "", "allocate memory", ENOMEM, "", -1, true};
  } catch (const std::exception &thrown) {
    if (!left) throw;
    return let_out(*left, thrown.what());
  } catch (...) {
    // Nor is a call left by an exception when a plugin ends its thread, which only looks like one.
    if (!left) throw;
    return let_out(*left, "it is no std::exception");
  }
}

}  // namespace plughost
