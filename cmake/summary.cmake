# The summary at the end of a configure: the parts that are built, and those that a missing tool or library leaves out.
# Each folder adds its own parts.
function(plughost_builds what)
  set_property(GLOBAL APPEND PROPERTY plughost_builds "${what}")
endfunction()

# plughost_skips(SENTENCE): the sentence names the part that is left out, the missing tool, and the command that
# installs it.
function(plughost_skips sentence)
  string(REPLACE ";" "\\;" sentence "${sentence}")
  set_property(GLOBAL APPEND PROPERTY plughost_skips "${sentence}")
endfunction()

function(plughost_print_summary)
  get_property(built GLOBAL PROPERTY plughost_builds)
  get_property(skipped GLOBAL PROPERTY plughost_skips)
  list(JOIN built ", " built)
  if(PLUGHOST_FUZZ)
    string(APPEND built ", fuzzers")
  endif()
  if(PLUGHOST_SANITIZE)
    string(APPEND built "; with sanitizers (${PLUGHOST_SANITIZE})")
  endif()
  message(STATUS "plughost builds: ${built}")
  message(STATUS "plughost puts plugins into: ${PLUGHOST_PLUGIN_DIR}")
  foreach(sentence IN LISTS skipped)
    message(STATUS "plughost skips: ${sentence}")
  endforeach()
  # scripts/build.mjs reads this: when a part was left out, the next build configures again.
  list(LENGTH skipped count)
  set(PLUGHOST_SKIPPED ${count} CACHE INTERNAL "How many parts are left out")
endfunction()
