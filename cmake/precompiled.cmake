# firstring_precompile(target [TEST])
#
# Compiles the headers that nearly every file includes once instead of some hundred times. Headers
# still name what they use themselves: -DFIRSTRING_PCH=OFF builds without.
option(FIRSTRING_PCH "Compile common headers of the standard library (and GoogleTest) once" ON)
set(common_headers <algorithm> <array> <cstdint> <functional> <map> <memory> <optional>
  <set> <string> <string_view> <unordered_map> <utility> <variant> <vector>)
set(empty ${PROJECT_BINARY_DIR}/precompiled.cpp)
file(CONFIGURE OUTPUT ${empty} CONTENT "// Nothing: its target holds the precompiled headers.\n")

if(FIRSTRING_PCH)
  add_library(firstring_precompiled OBJECT ${empty})
  target_link_libraries(firstring_precompiled PRIVATE firstring_options)
  target_precompile_headers(firstring_precompiled PRIVATE ${common_headers})
  if(BUILD_TESTING)
    add_library(firstring_precompiled_test OBJECT ${empty})
    target_compile_options(firstring_precompiled_test PRIVATE -O1)
    target_link_libraries(firstring_precompiled_test PRIVATE firstring_options GTest::gtest)
    target_precompile_headers(firstring_precompiled_test PRIVATE ${common_headers} <gtest/gtest.h>)
  endif()
endif()

function(firstring_precompile target)
  cmake_parse_arguments(P "TEST" "" "" ${ARGN})
  if(NOT FIRSTRING_PCH)
    return()
  endif()
  if(P_TEST)
    target_precompile_headers(${target} REUSE_FROM firstring_precompiled_test)
  else()
    target_precompile_headers(${target} REUSE_FROM firstring_precompiled)
  endif()
endfunction()
