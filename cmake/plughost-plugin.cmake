# plughost_add_plugin(NAME SOURCE...) builds lib<NAME>.so (.dylib, .dll) out of C or C++ sources, with nothing visible but
# what PLUG_EXPORT marks. In this tree it goes to PLUGHOST_PLUGIN_DIR, elsewhere to the author's binary folder unless
# PLUGHOST_PLUGIN_DIR is set.
function(plughost_add_plugin name)
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE plughost_contract)
  # The headers are C11; C++ takes their initialisers from C++20 on.
  set_target_properties(${name} PROPERTIES
    PREFIX lib
    SUFFIX ${CMAKE_SHARED_LIBRARY_SUFFIX}
    C_STANDARD 11
    C_STANDARD_REQUIRED ON
    CXX_STANDARD 20
    CXX_STANDARD_REQUIRED ON
    C_VISIBILITY_PRESET hidden
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
  if(PLUGHOST_PLUGIN_DIR)
    # The expression keeps generators of several configurations from adding a folder for each.
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY $<1:${PLUGHOST_PLUGIN_DIR}>)
  endif()
  if(NOT MSVC)
    # What an initialiser of a contract's struct leaves out is meant to be null.
    target_compile_options(${name} PRIVATE -Wall -Wextra $<$<COMPILE_LANGUAGE:CXX>:-Wno-missing-field-initializers>)
  endif()
  if(NOT MSVC AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Static variables of inline functions would be one for all plugins of the process.
    target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fno-gnu-unique>)
  endif()
  if(UNIX AND NOT APPLE)
    # Node exports some 70,000 functions (crc32, compress, MD5), which are found before a plugin's own of that name.
    target_link_options(${name} PRIVATE -Wl,-Bsymbolic-functions)
    target_compile_options(${name} PRIVATE -ffunction-sections -fdata-sections)
    target_link_options(${name} PRIVATE -Wl,--gc-sections)
  endif()
endfunction()
