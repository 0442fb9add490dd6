# firstring_module(acd DEPENDS base call LIBRARIES pkg::lib)
#
# Makes the library firstring_acd from every .cpp of this folder (and its sub-folders), the test
# binary acd_test from every *_test.cpp, and a line "acd: base call" in build/modules.txt, which
# tools/tidy_test.cpp reads. DEPENDS is the whole list of modules whose headers it may include.
# SLOW_TO_COMPILE names files full of Boost's templates, off the paths that must be quick: they are
# compiled with -O1; with sanitizers without optimisation and UBSan, which alone would take minutes.
set_property(GLOBAL PROPERTY FIRSTRING_MODULES "")
add_custom_target(tests_of_modules)  # every unit, protocol and simulation test

function(firstring_module name)
  cmake_parse_arguments(M "" "" "DEPENDS;LIBRARIES;SLOW_TO_COMPILE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(TRANSFORM M_DEPENDS PREPEND firstring_ OUTPUT_VARIABLE libraries)
  if(sources)
    add_library(firstring_${name} STATIC ${sources})
    target_link_libraries(firstring_${name} PUBLIC firstring_options ${libraries} ${M_LIBRARIES})
    firstring_precompile(firstring_${name})
  else()
    add_library(firstring_${name} INTERFACE)
    target_link_libraries(firstring_${name} INTERFACE firstring_options ${libraries} ${M_LIBRARIES})
  endif()
  if(M_SLOW_TO_COMPILE)
    set(options -O1)
    if(FIRSTRING_SANITIZE)
      set(options -O0 -fno-sanitize=undefined)
    endif()
    set_source_files_properties(${M_SLOW_TO_COMPILE} PROPERTIES COMPILE_OPTIONS "${options}"
      SKIP_PRECOMPILE_HEADERS ON)
  endif()
  if(tests AND BUILD_TESTING)
    add_executable(${name}_test ${tests})
    target_compile_options(${name}_test PRIVATE -O1)  # it runs once: compiling it is what takes long
    target_link_libraries(${name}_test PRIVATE firstring_${name} GTest::gtest_main Threads::Threads)
    firstring_precompile(${name}_test TEST)
    add_dependencies(tests_of_modules ${name}_test)
    gtest_discover_tests(${name}_test TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
      WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  endif()
  list(JOIN M_DEPENDS " " line)
  set_property(GLOBAL APPEND PROPERTY FIRSTRING_MODULES "${name}: ${line}")
endfunction()

function(firstring_write_module_list)
  get_property(lines GLOBAL PROPERTY FIRSTRING_MODULES)
  list(JOIN lines "\n" text)
  file(WRITE ${PROJECT_BINARY_DIR}/modules.txt "${text}\n")
endfunction()
