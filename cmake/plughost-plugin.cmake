# plughost_add_plugin(NAME SOURCE...) builds lib<NAME>.so (.dylib, .dll) from C or C++ sources. Only symbols with
# PLUG_EXPORT are visible. The library goes to PLUGHOST_PLUGIN_DIR, or to the binary folder when that is not set.
function(plughost_add_plugin name)
  add_library(${name} MODULE ${ARGN})
  plughost_set_up_plugin(${name})
  target_link_libraries(${name} PRIVATE plughost_contract)
  set_target_properties(${name} PROPERTIES PREFIX lib SUFFIX ${CMAKE_SHARED_LIBRARY_SUFFIX})
  if(PLUGHOST_PLUGIN_DIR)
    # Without the expression, generators with several configurations would add a folder for each.
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY $<1:${PLUGHOST_PLUGIN_DIR}>)
  endif()
  if(UNIX AND NOT APPLE)
    # Node exports some 70,000 functions (crc32, compress, MD5). Without this, a plugin would call these instead of its
    # own functions of the same name.
    # The linker of zig only knows the form that binds variables, too.
    set(bind -Bsymbolic-functions)
    if("${CMAKE_C_COMPILER} ${CMAKE_CXX_COMPILER}" MATCHES "zig")
      set(bind -Bsymbolic)
    endif()
    target_link_options(${name} PRIVATE -Wl,${bind} -Wl,--gc-sections)
  endif()
  # In plughost's own build, the plugin may also become a part of the addon and the runner.
  set_property(GLOBAL APPEND PROPERTY plughost_known_plugins ${name})
  if(COMMAND plughost_link_c_plugin AND name IN_LIST PLUGHOST_STATIC_PLUGINS)
    plughost_link_c_plugin(${name} ${ARGN})
  endif()
endfunction()

# Sets how a target is compiled that holds the code of a plugin.
function(plughost_set_up_plugin target)
  # The headers are C11. C++ has their initialisers since C++20.
  set_target_properties(${target} PROPERTIES
    C_STANDARD 11
    C_STANDARD_REQUIRED ON
    CXX_STANDARD 20
    CXX_STANDARD_REQUIRED ON
    C_VISIBILITY_PRESET hidden
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
  if(NOT MSVC)
    # Initialisers of the contract's structs leave out fields that are null.
    target_compile_options(${target} PRIVATE -Wall -Wextra $<$<COMPILE_LANGUAGE:CXX>:-Wno-missing-field-initializers>)
  endif()
  if(NOT MSVC AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Without this, all plugins of a process would share the static variables of inline functions.
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fno-gnu-unique>)
  endif()
  if(UNIX AND NOT APPLE)
    target_compile_options(${target} PRIVATE -ffunction-sections -fdata-sections)
  endif()
endfunction()
