# The last words of a configure: what is built, and what is not because a tool or a library is missing. Each folder says
# it of itself.
function(plughost_builds what)
  set_property(GLOBAL APPEND PROPERTY plughost_builds "${what}")
endfunction()

# plughost_skips(SENTENCE): what is left out, what is missing for it, and the command that installs that.
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
  # For scripts/build.mjs: what is missing is looked for again by the next build.
  list(LENGTH skipped count)
  set(PLUGHOST_SKIPPED ${count} CACHE INTERNAL "How many parts are left out")
endfunction()
