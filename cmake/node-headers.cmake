# PLUGHOST_NODE_INCLUDE_DIRS: the headers that the addon needs. cmake-js does not tell where node-addon-api is, so node
# is asked whoever configures.
execute_process(
  COMMAND node -p "[require('node-api-headers').include_dir, require('path').dirname(require.resolve('node-addon-api'))].join(';')"
  WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
  OUTPUT_VARIABLE PLUGHOST_NODE_INCLUDE_DIRS OUTPUT_STRIP_TRAILING_WHITESPACE
  RESULT_VARIABLE asked)
if(NOT asked EQUAL 0)
  message(FATAL_ERROR "The headers of Node-API were not found: run `npm ci` first")
endif()
