# The toolchain file for the npm packages: builds with zig for another system or an older C library than this one.
# -DPLUGHOST_ZIG=<path of zig> -DPLUGHOST_TARGET=<target of zig>, such as x86_64-linux-gnu.2.28.
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES PLUGHOST_ZIG PLUGHOST_TARGET)
set(CMAKE_SYSTEM_NAME Linux)
string(REGEX MATCH "^[a-z0-9_]+" CMAKE_SYSTEM_PROCESSOR ${PLUGHOST_TARGET})
set(CMAKE_C_COMPILER ${PLUGHOST_ZIG} cc -target ${PLUGHOST_TARGET})
set(CMAKE_CXX_COMPILER ${PLUGHOST_ZIG} c++ -target ${PLUGHOST_TARGET})
foreach(language C CXX)
  # zig's archives have an index for every target.
  set(CMAKE_${language}_ARCHIVE_CREATE "\"${PLUGHOST_ZIG}\" ar qc <TARGET> <OBJECTS>")
  set(CMAKE_${language}_ARCHIVE_APPEND "\"${PLUGHOST_ZIG}\" ar q <TARGET> <OBJECTS>")
  set(CMAKE_${language}_ARCHIVE_FINISH "\"${PLUGHOST_ZIG}\" ranlib <TARGET>")
endforeach()
# Names for a debugger make up half of a file.
foreach(kind EXE SHARED MODULE)
  set(CMAKE_${kind}_LINKER_FLAGS_INIT -s)
endforeach()
# A check that links would build the C library's start files anew for each set of processor flags.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
# Headers and libraries of this system do not fit the target.
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH /nowhere)
