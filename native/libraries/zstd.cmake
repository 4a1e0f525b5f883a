# The part of zstd that decompresses. Its only assembly is for x86-64, and empty elsewhere.
set(zstd ${source_of_zstd-sys}/zstd/lib)
file(GLOB sources ${zstd}/common/*.c ${zstd}/decompress/*.c ${zstd}/decompress/*.S)
add_library(bundled_zstd STATIC EXCLUDE_FROM_ALL ${sources})
set_source_files_properties(${zstd}/decompress/huf_decompress_amd64.S PROPERTIES
  LANGUAGE C COMPILE_OPTIONS "-x;assembler-with-cpp")
target_include_directories(bundled_zstd SYSTEM PUBLIC ${zstd})
target_compile_definitions(bundled_zstd PRIVATE ZSTD_LEGACY_SUPPORT=0 XXH_NAMESPACE=ZSTD_)
