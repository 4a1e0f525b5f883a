# find_package(plughost): the contract's headers as plughost_contract, and plughost_add_plugin().
if(NOT TARGET plughost_contract)
  add_library(plughost_contract INTERFACE IMPORTED)
  get_filename_component(plughost_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
  set_target_properties(plughost_contract PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${plughost_prefix}/include")
endif()
include("${CMAKE_CURRENT_LIST_DIR}/plughost-plugin.cmake")
