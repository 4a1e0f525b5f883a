# The summary at the end of a configure: what is built, and what is left out because a tool or a library is missing. Each
# folder adds its own part.
function(plughost_builds what)
  set_property(GLOBAL APPEND PROPERTY plughost_builds "${what}")
endfunction()

# plughost_skips(SENTENCE): names the part that is left out, what is missing, and the command that installs it.
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
