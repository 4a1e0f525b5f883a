# Plugins that are linked into the addon and the runner: -DPLUGHOST_STATIC_PLUGINS="contains;redact;regex". Their folders
# call these functions; native/builtin links what they name.
set(PLUGHOST_STATIC_PLUGINS "" CACHE STRING "Plugins that are linked into the addon and the runner, such as contains;regex")

# plughost_link_plugin(NAME ID INPUTS INPUT... [LIBRARIES LIBRARY...] [AFTER TARGET...]): links the plugin statically. The
# objects or archives INPUTS define plug_static_<ID>_NewPlugin and plug_static_<ID>_manifest.
function(plughost_link_plugin name id)
  cmake_parse_arguments(PARSE_ARGV 2 given "" "" "INPUTS;LIBRARIES;AFTER")
  set_property(GLOBAL APPEND PROPERTY plughost_static_plugins ${name})
  set_property(GLOBAL PROPERTY plughost_static_id_${name} ${id})
  set_property(GLOBAL PROPERTY plughost_static_inputs_${name} "${given_INPUTS}")
  set_property(GLOBAL PROPERTY plughost_static_libraries_${name} "${given_LIBRARIES}")
  set_property(GLOBAL PROPERTY plughost_static_after_${name} "${given_AFTER}")
endfunction()

# plughost_link_c_plugin(NAME SOURCE...): compiles the sources of the plugin NAME, a target, once more, with other names
# for what every plugin exports.
function(plughost_link_c_plugin name)
  string(MAKE_C_IDENTIFIER ${name} id)
  set(object ${name}_static)
  add_library(${object} OBJECT ${ARGN})
  plughost_set_up_plugin(${object})
  # What the plugin's target is given later counts here too.
  foreach(property COMPILE_DEFINITIONS COMPILE_OPTIONS)
    set_property(TARGET ${object} APPEND PROPERTY ${property} $<TARGET_PROPERTY:${name},${property}>)
  endforeach()
  target_include_directories(${object} SYSTEM PRIVATE $<TARGET_PROPERTY:${name},INCLUDE_DIRECTORIES>)
  target_compile_definitions(${object} PRIVATE
    NewPlugin=plug_static_${id}_NewPlugin plug_manifest=plug_static_${id}_manifest)
  # The objects of a target are those that it compiles itself.
  set(others ${ARGN})
  list(FILTER others INCLUDE REGEX "^\\$<TARGET_OBJECTS:")
  plughost_link_plugin(${name} ${id} INPUTS $<TARGET_OBJECTS:${object}> ${others} LIBRARIES $<TARGET_PROPERTY:${name},LINK_LIBRARIES>)
endfunction()
