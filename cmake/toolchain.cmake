# Compiler cache, linker, warnings and sanitizers: the same for every target.
find_program(CCACHE ccache)
if(CCACHE)
  # With paths below the checkout made relative, every checkout on a machine shares one cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wshadow -Wno-missing-field-initializers -ffp-contract=off)
# GCC 12 reports memcpy overlaps in string concatenation that are not there (bug 105651).
add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
if(ELBA_WERROR)
  add_compile_options(-Werror)
endif()
if(ELBA_SANITIZE)
  add_compile_options(-fsanitize=${ELBA_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${ELBA_SANITIZE})
  # Clang's check of calls through pointers reads a mark in front of the function, which compiled models do not have.
  add_compile_options($<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=function>)
endif()

if(ELBA_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Headers of the standard library and of other projects are parsed once per folder: half of the time of a cold build. No header of Elba is among them, so that a
# change of one builds what includes it and nothing else. Off under the sanitizers and for clang, which so notice a missing include.
set(precompile_default OFF)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND NOT ELBA_SANITIZE)
  set(precompile_default ON)
endif()
option(ELBA_PRECOMPILE "precompile headers of other projects" ${precompile_default})
function(elba_precompile target)
  if(ELBA_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE <algorithm> <array> <cmath> <cstdint> <functional> <map> <memory> <optional> <set> <span> <string> <string_view>
                              <unordered_map> <utility> <variant> <vector> ${ARGN})
    # The first is for the compiler cache; the others are about the standard library (bug 105651), whose headers are no longer known as those of the system.
    target_compile_options(${target} PRIVATE -fpch-preprocess -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds)
  endif()
endfunction()

# elba_optimise(target -O1): the level of a release build for code whose time is not the user's: reading models, writing output.
function(elba_optimise target level)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:${level}>)
endfunction()

# A release build compiles the files of a folder in small groups, which parse the headers that they share once: a third of the time of a cold
# build. Names of unnamed namespaces are therefore unique in their folder. Off where one compiles often (the preset dev) and where each file shall stand alone.
set(group_default OFF)
if(CMAKE_BUILD_TYPE STREQUAL Release AND CMAKE_CXX_COMPILER_ID STREQUAL GNU AND NOT ELBA_SANITIZE)
  set(group_default ON)
endif()
option(ELBA_GROUP_SOURCES "compile the files of a folder in groups" ${group_default})
function(elba_group target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${ELBA_GROUP_SOURCES} UNITY_BUILD_BATCH_SIZE 6)
endfunction()

# elba_library(name DEPS a b): one static library per folder, of every .cpp in it and below it.
function(elba_library name)
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_library(elba_${name} STATIC ${sources})
  target_include_directories(elba_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  foreach(dep ${ARG_DEPS})
    target_link_libraries(elba_${name} PUBLIC elba_${dep})
  endforeach()
endfunction()
