# Settings for all code of the project. The root and plugins-c, which can be configured alone, include this file.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_C_STANDARD 11)
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(PLUGHOST_WERROR "Treat warnings as errors" OFF)
option(PLUGHOST_TESTS "Build the tests" ON)
option(PLUGHOST_UNITY "Compile several files of the host at once: half the time for a build from scratch, more for one file" OFF)
option(PLUGHOST_BUNDLED "Build the libraries of all compressed inputs from pinned sources, and link nothing of the system's" OFF)
option(PLUGHOST_WASM "Build the adapter of WebAssembly modules, which takes minutes" OFF)
option(PLUGHOST_FUZZ "Build the fuzzers; needs clang" OFF)
set(PLUGHOST_SANITIZE "" CACHE STRING "Sanitizers for all C and C++: address,undefined or thread")
set(PLUGHOST_PLUGIN_DIR "${CMAKE_BINARY_DIR}/plugins" CACHE PATH "Where the plugins are put")

# Sections of their own let the linker of the addon leave out functions that nothing calls.
add_compile_options(-Wall -Wextra -Wpedantic -ffunction-sections -fdata-sections)
if(PLUGHOST_WERROR)
  add_compile_options(-Werror)
endif()
if(PLUGHOST_SANITIZE)
  # More optimisation and debug information would double the time of the build. A trace shows lines, not variables.
  add_compile_options(-fsanitize=${PLUGHOST_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1 -O1)
  add_link_options(-fsanitize=${PLUGHOST_SANITIZE})
  # To look at the table of an object's virtual functions, the sanitizer writes it into a pipe, which the sandbox refuses
  # to make. Without this check the tests of the sandbox can run; an object that has ended is still found by ASan.
  if(PLUGHOST_SANITIZE MATCHES undefined)
    add_compile_options(-fno-sanitize=vptr)
  endif()
endif()
# The thread sanitizer reports counters of coverage as races. Under it the fuzzers only run given inputs.
if(PLUGHOST_FUZZ AND NOT PLUGHOST_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# For the libraries and programs of the host, after they have their sources.
function(plughost_unity)
  set_target_properties(${ARGV} PROPERTIES UNITY_BUILD ${PLUGHOST_UNITY})
endfunction()
