# Compiler cache, linker, warnings and sanitizers: the same for every target.
find_program(CCACHE ccache)
if(CCACHE)
  # With paths below the checkout made relative, every checkout on a machine shares one cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
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
endif()

if(ELBA_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# elba_library(name DEPS a b): one static library per folder, of every .cpp in it.
function(elba_library name)
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_library(elba_${name} STATIC ${sources})
  target_include_directories(elba_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  foreach(dep ${ARG_DEPS})
    target_link_libraries(elba_${name} PUBLIC elba_${dep})
  endforeach()
endfunction()
