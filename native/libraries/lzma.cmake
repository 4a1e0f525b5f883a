# liblzma without threads, by the settings (config.h) of the crate.
set(lzma ${source_of_liblzma-sys}/xz/src)
set(folders check common delta lz lzma rangecoder simple)
foreach(folder IN LISTS folders)
  file(GLOB found ${lzma}/liblzma/${folder}/*.c)
  list(APPEND sources_of_lzma ${found})
  list(APPEND includes_of_lzma ${lzma}/liblzma/${folder})
endforeach()
# Other forms of the same functions, programs that make tables, and threads.
list(FILTER sources_of_lzma EXCLUDE REGEX "(_small|tablegen|_gen|_mt)\\.c$")
add_library(bundled_lzma STATIC EXCLUDE_FROM_ALL
  ${sources_of_lzma} ${lzma}/common/tuklib_cpucores.c ${lzma}/common/tuklib_physmem.c)
target_include_directories(bundled_lzma
  SYSTEM PUBLIC ${lzma}/liblzma/api
  PRIVATE ${includes_of_lzma} ${lzma}/common ${source_of_liblzma-sys})
target_compile_definitions(bundled_lzma PUBLIC LZMA_API_STATIC PRIVATE HAVE_CONFIG_H)
