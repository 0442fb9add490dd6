// assets: the files that are part of the program: the live page and the API's description.
// cmake/embed.cmake makes the table of them when the program is built.
// Lives on: any thread; constant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace firstring::api {

struct Asset {
  std::string_view name;         // "live/index.html"
  std::string_view content;
};

std::span<const Asset> assets();
// Null when there is none of this name.
const Asset* find_asset(std::string_view name);

// The OpenAPI document as JSON, converted once from the YAML that people edit.
const std::string& openapi_json();

}  // namespace firstring::api
