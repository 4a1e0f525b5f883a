/* plughost: the description of a plugin, which the host reads without running it
 *
 * Idea: a read-only text without pointers, in an exported symbol and a section of its own, so that any tool can read
 * it from the file. It has three parts, each ended by a newline, and a NUL at the end:
 *   plughost 1.2                             magic word, ABI version of the headers
 *   gcc 12.2.0 x86_64-linux                  compiler and target
 *   { "id": "org.example.level", … }         the author's JSON
 *
 *   PLUG_MANIFEST({
 *     "id": "org.example.level",             reverse domain, unique in the world; mandatory
 *     "name": "level",                       what the user types; mandatory
 *     "version": "1.0.0",                    semantic version; mandatory
 *     "description": "Keeps lines of a level",
 *     "license": "MIT",
 *     "extensions": ["plug.filter/1"],       the ids that plug_plugin.extension answers
 *     "config": { "type": "object", … },     JSON Schema of the config, with defaults
 *     "asks": ["threads", "read:/etc/ssl"],  what the plugin needs in a sandbox; the user may grant it
 *     "adapter": "rules"                     the form of plugins that it runs; only those of the host have it
 *   })
 *
 * Advice for the host: validate the manifest before you open the library. Compare it with what the plugin then answers.
 * Advice for the plugin: write plain JSON without quotes around it. The preprocessor expands no macro in it. The symbol
 * survives --gc-sections and strip --strip-all.
 */
#ifndef PLUGHOST_MANIFEST_H
#define PLUGHOST_MANIFEST_H

#include "base.h"

#define PLUG_TEXT_OF_(value) #value
#define PLUG_TEXT_OF(value) PLUG_TEXT_OF_(value)

#if defined(__clang__)
#define PLUG_COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define PLUG_COMPILER "gcc " __VERSION__
#elif defined(_MSC_FULL_VER)
#define PLUG_COMPILER "msvc " PLUG_TEXT_OF(_MSC_FULL_VER)
#else
#define PLUG_COMPILER "unknown"
#endif

#if defined(__x86_64__) || defined(_M_X64)
#define PLUG_ARCHITECTURE "x86_64"
#elif defined(__aarch64__) || defined(_M_ARM64)
#define PLUG_ARCHITECTURE "aarch64"
#elif defined(__i386__) || defined(_M_IX86)
#define PLUG_ARCHITECTURE "i386"
#elif defined(__arm__)
#define PLUG_ARCHITECTURE "arm"
#elif defined(__riscv)
#define PLUG_ARCHITECTURE "riscv"
#elif defined(__wasm32__)
#define PLUG_ARCHITECTURE "wasm32"
#else
#define PLUG_ARCHITECTURE "unknown"
#endif

#if defined(__APPLE__)
#define PLUG_OS "darwin"
#define PLUG_SECTION __attribute__((used, section("__TEXT,__plug")))
#elif defined(_WIN32)
#define PLUG_OS "windows"
#define PLUG_SECTION __attribute__((used, section(".plug")))
#else
#define PLUG_SECTION __attribute__((used, section(".plug")))
#if defined(__linux__)
#define PLUG_OS "linux"
#elif defined(__FreeBSD__)
#define PLUG_OS "freebsd"
#elif defined(__wasi__)
#define PLUG_OS "wasi"
#else
#define PLUG_OS "unknown"
#endif
#endif

/* The digits repeat PLUG_ABI_*, whose suffix (1u) must not be part of the text. A test compares them. */
#define PLUG_MANIFEST_MAGIC "plughost 1.2"

#define PLUG_MANIFEST(...)                              \
  PLUG_EXPORT PLUG_SECTION const char plug_manifest[] = \
      PLUG_MANIFEST_MAGIC "\n" PLUG_COMPILER " " PLUG_ARCHITECTURE "-" PLUG_OS "\n" #__VA_ARGS__ "\n";

#endif
