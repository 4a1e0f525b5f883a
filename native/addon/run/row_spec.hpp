// What JavaScript asks of the parts of a run that read lines as rows. See src/addon/row-spec.ts.
#pragma once

#include <napi.h>

#include "addon/values/object_reader.hpp"
#include "engine/rows/row_export_stage.hpp"
#include "engine/rows/row_stage.hpp"
#include "engine/run/run_spec.hpp"

namespace plughost::addon {

// All of them throw Napi::TypeError, which names the part that is wrong; a stage that is wrong has the code
// INVALID_STAGE. [control]

// Reads a NativeRowStage.
std::unique_ptr<RowStage> row_stage_of(const ObjectReader &from, LineEnd line_end);
// Reads a field that is an exporter, or `frames` for one that writes frames.
std::unique_ptr<ExportStage> exporter_of(const ObjectReader &from, const char *name, LineEnd line_end);
// Reads a NativeRowExport.
std::unique_ptr<RowExportStage> row_export_stage_of(const ObjectReader &from, LineEnd line_end);
// Reads NativeAnswers. Stages and exporter of the spec must be there.
std::vector<RunAnswers> answers_of(const ObjectReader &from, const RunSpec &spec);
// Reads NativeMerged.
std::unique_ptr<MergedStates> merged_of(const ObjectReader &from, LineEnd line_end);
// Reads NativeStates. What the states are of must be in the spec.
RunStates states_of(const ObjectReader &from, const RunSpec &spec);

// Reads the table of a time zone: pairs of a second since 1970 and the seconds that local time is ahead of UTC from
// then on. Null for null, which is UTC.
std::shared_ptr<const Zone> zone_of(const ObjectReader &from, const char *name);

// `describeRows` and `readStates`. See src/addon/exports.ts.
void define_row_descriptions(Napi::Env env, Napi::Object exports);

}  // namespace plughost::addon
