# Turns files into a C++ table that is part of the program, so that the binary needs no files beside it.
#
# As a module: firstring_embed(target NAME=path …) adds the table firstring::api::assets() to a target;
# NAME is what the program asks for. The same file, run as a script while building, writes the table.
if(CMAKE_SCRIPT_MODE_FILE AND OUTPUT)
  set(arrays "")
  set(rows "")
  set(number 0)
  string(REPLACE "|" ";" entries "${ENTRIES}")
  foreach(entry IN LISTS entries)
    string(REGEX MATCH "^([^=]+)=(.+)$" _ "${entry}")
    set(name "${CMAKE_MATCH_1}")
    file(READ "${CMAKE_MATCH_2}" hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
    string(APPEND arrays "const unsigned char k_file_${number}[] = {${bytes}0};\n")
    string(APPEND rows "    {\"${name}\", {reinterpret_cast<const char*>(k_file_${number}), "
      "sizeof k_file_${number} - 1}},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  file(WRITE "${OUTPUT}" "// Made by cmake/embed.cmake.\n#include \"server/api/assets.h\"\n\n"
    "namespace firstring::api {\nnamespace {\n${arrays}"
    "const Asset k_assets[] = {\n${rows}};\n}  // namespace\n\n"
    "std::span<const Asset> assets() { return k_assets; }\n\n}  // namespace firstring::api\n")
  return()
endif()

function(firstring_embed target)
  set(table ${CMAKE_CURRENT_BINARY_DIR}/asset_table.cpp)
  set(files "")
  foreach(entry IN LISTS ARGN)
    string(REGEX REPLACE "^[^=]+=" "" file "${entry}")
    list(APPEND files "${file}")
  endforeach()
  string(REPLACE ";" "|" entries "${ARGN}")
  set(script ${PROJECT_SOURCE_DIR}/cmake/embed.cmake)
  add_custom_command(OUTPUT ${table}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${table} "-DENTRIES=${entries}" -P ${script}
    DEPENDS ${files} ${script} VERBATIM
    COMMENT "Embedding the live page and the API's description")
  target_sources(${target} PRIVATE ${table})
endfunction()
