// CRC-32C (Castagnoli, as in RFC 3720 §12.1): finds damage in what was written.
// Uses the processor's instruction where there is one; the same result everywhere.
// Lives on: any thread; pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace firstring::store {

std::uint32_t crc32c(std::string_view bytes);
std::uint32_t crc32c_by_table(std::string_view bytes);  // for machines without the instruction

}  // namespace firstring::store
