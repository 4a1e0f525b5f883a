#include "engine/run/thrown_failure.hpp"

#include <cerrno>
#include <new>
#include <system_error>

#include "engine/lines/line_numbers.hpp"
#include "engine/output/output.hpp"
#include "os/file/temporary_file.hpp"
#include "os/system_failed.hpp"

namespace plughost {

std::optional<Failure> failure_of_exception(const std::vector<std::unique_ptr<LineStage>> &stages,
                                            const CancelWord &cancel) {
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
    return Failure{FailureKind::input, "", "start a thread", thrown.code().value(), "", -1, true};
  } catch (const std::bad_alloc &) {
    return Failure{FailureKind::input, "", "allocate memory", ENOMEM, "", -1, true};
  }
}

}  // namespace plughost
